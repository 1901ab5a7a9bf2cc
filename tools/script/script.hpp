// A packet script as data: what its author wrote, and where. Nothing in here knows how to run it.
//
// A script is a list of events: packets that come or are expected, calls with their expected results, commands that stand
// for settings and questions, and blocks of code that look at a connection's state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tunic/time.hpp>

#include "text/notation.hpp"

namespace tunic::script {

/// In the file, both counted from 1.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// One sentence about a script that cannot be understood, or about what it asks for and cannot have.
struct ScriptError {
  std::string file;
  Place place;
  std::string message;

  /// "FILE:LINE:COLUMN: message"
  std::string to_string() const;
};

/// When an event happens.
struct EventTime {
  enum class Base : std::uint8_t {
    Absolute,  ///< from the start of the script
    Relative,  ///< from the end of the event before
    Any,       ///< '*': whenever it comes
  };
  Base base = Base::Absolute;
  Duration begin{};
  std::optional<Duration> end;  ///< a~b: no earlier than begin, no later than this
};

// ---- Calls ----

struct Field;

/// An argument or a result as written.
struct Value {
  enum class Kind : std::uint8_t {
    Ellipsis,  ///< ...: the runner fills it in, or it does not matter
    Integer,   ///< 100, 0x20, -1
    Name,      ///< SOCK_STREAM
    Either,    ///< O_RDWR | O_NONBLOCK: items
    Text,      ///< "abc"
    List,      ///< [a, b]: items
    Record,    ///< {name=value, …}: fields; {a, b}: fields without names
    Apply,     ///< htons(8080): text is the name, items the arguments
  };
  Kind kind = Kind::Ellipsis;
  Place place;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Value> items;
  std::vector<Field> fields;

  /// The value of a record's field; nullptr: it has none of this name.
  const Value* field(std::string_view name) const;
};

struct Field {
  std::string name;           ///< empty: known by its position
  std::optional<Value> size;  ///< name(size)=value
  Value value;
};

struct Call {
  std::string name;
  Place place;
  std::vector<Value> arguments;
  Value result;
  std::string error;                ///< "EAGAIN"; empty: none written
  std::optional<Duration> returns;  ///< a blocking call: when it returns, counted as the event's time is
};

// ---- Packets ----

enum class Direction : std::uint8_t { Inbound, Outbound };

struct IcmpPacket {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t mtu = 0;
  /// What is quoted: a TCP segment at start:end(length), or a datagram. Of a message to the stack that says nothing, the
  /// stack's first segment; of one from it, nothing is compared.
  enum class Quote : std::uint8_t { NotGiven, Tcp, Udp };
  Quote quote = Quote::NotGiven;
  std::uint32_t start = 0;
  std::uint32_t length = 0;
};

struct UdpPacket {
  NotatedHead head;
  std::uint32_t length = 0;  ///< octets of data
};

struct Packet {
  Direction direction = Direction::Inbound;
  std::variant<NotatedSegment, IcmpPacket, UdpPacket> content;
};

// ---- Commands and code ----

struct Command {
  std::string text;
};
struct Code {
  std::string text;
};

struct Event {
  EventTime time;
  Place place;
  std::string text;  ///< as written, on one line
  std::variant<Packet, Call, Command, Code> action;
};

/// --name=value
struct Option {
  std::string name;
  std::string value;
  Place place;
};

struct Script {
  std::string file;
  std::vector<Option> options;
  std::optional<Event> init;  ///< a command in front of all events
  std::vector<Event> events;
  std::optional<Event> cleanup;  ///< a command behind them
};

/// Words of the script and what stands for them: -D SYM=value.
using Definitions = std::vector<std::pair<std::string, std::string>>;

}  // namespace tunic::script
