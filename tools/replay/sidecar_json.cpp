// The sidecar's keys, both ways. The only file that sees the JSON library.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "replay/numbers.hpp"
#include "replay/sidecar.hpp"

namespace tunic::replay {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kNanosecondsPerSecond = 1e9;
/// Nobody records longer than a year; and the number of nanoseconds fits.
constexpr double kMostSeconds = 366.0 * 24 * 3600;

/// An object that is read key by key; the first thing that is wrong stays.
class Fields {
 public:
  Fields(const Json& object, std::string where, std::string& error)
      : object_(object), where_(std::move(where)), error_(error) {
    if (!object.is_object()) fail("", "must be an object");
  }
  /// All keys must have been asked for.
  void end() {
    if (!object_.is_object()) return;
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) fail(key, fmt::format("is unknown here; known are {}", fmt::join(known_, ", ")));
    }
  }

  /// nullptr: the object has it not.
  const Json* find(const std::string& key) {
    known_.insert(key);
    if (!object_.is_object() || !object_.contains(key)) return nullptr;
    return &object_[key];
  }

  std::string text(const std::string& key) {
    const Json* value = find(key);
    if (value == nullptr) return {};
    if (value->is_string()) return value->get<std::string>();
    fail(key, "must be a string");
    return {};
  }

  double number(const std::string& key, double least, double most) {
    const Json* value = find(key);
    if (value == nullptr) return 0;
    const double number = value->is_number() ? value->get<double>() : std::nan("");
    if (number >= least && number <= most) return number;
    fail(key, fmt::format("must be a number from {} to {}", least, most));
    return 0;
  }

  std::uint64_t count(const std::string& key) {
    const Json* value = find(key);
    if (value == nullptr) return 0;
    if (value->is_number_unsigned()) return value->get<std::uint64_t>();
    fail(key, "must be a whole number, and not negative");
    return 0;
  }

  Names names(const std::string& key) {
    Names names;
    const Json* value = find(key);
    if (value == nullptr) return names;
    if (!value->is_object()) fail(key, "must be an object of strings");
    for (const auto& [name, content] : value->items()) {
      if (!content.is_string()) {
        fail(fmt::format("{}.{}", key, name), "must be a string");
        return {};
      }
      names.emplace_back(name, content.get<std::string>());
    }
    return names;
  }

  std::vector<std::string> texts(const std::string& key) {
    std::vector<std::string> texts;
    for_each(key, [&](const Json& value, const std::string& where) {
      if (value.is_string()) {
        texts.push_back(value.get<std::string>());
      } else {
        fail(where, "must be a string");
      }
    });
    return texts;
  }

  template <typename Take>
  void for_each(const std::string& key, Take take) {
    const Json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_array()) return fail(key, "must be a list");
    for (std::size_t i = 0; i < value->size(); ++i) take((*value)[i], fmt::format("{}[{}]", path(key), i));
  }

  /// One of `all`, by its name.
  template <typename Enum>
  Enum choice(const std::string& key, std::initializer_list<std::pair<const char*, Enum>> all, Enum otherwise) {
    if (find(key) == nullptr) return otherwise;
    const std::string name = text(key);
    std::vector<std::string> names;
    for (const auto& [known, value] : all) {
      if (name == known) return value;
      names.emplace_back(known);
    }
    fail(key, fmt::format("must be one of {}", fmt::join(names, ", ")));
    return otherwise;
  }

  std::string path(const std::string& key) const {
    return where_.empty() || key.empty() ? where_ + key : where_ + "." + key;
  }
  void fail(const std::string& key, const std::string& what) {
    if (error_.empty()) error_ = fmt::format("'{}' {}", path(key), what);
  }

 private:
  const Json& object_;
  std::string where_;
  std::string& error_;
  std::set<std::string> known_;
};

Duration seconds(double count) {
  return Duration(std::llround(count * kNanosecondsPerSecond));
}

RecordedCall read_call(const Json& value, const std::string& where, std::string& error) {
  Fields fields(value, where, error);
  RecordedCall call;
  if (fields.find("call") == nullptr) fields.fail("call", "is missing");
  call.kind = fields.choice<CallKind>("call",
                                      {{"listen", CallKind::Listen},
                                       {"accept", CallKind::Accept},
                                       {"connect", CallKind::Connect},
                                       {"read", CallKind::Read},
                                       {"write", CallKind::Write},
                                       {"sendto", CallKind::SendTo},
                                       {"shutdown", CallKind::Shutdown},
                                       {"close", CallKind::Close}},
                                      CallKind::Listen);
  call.at = seconds(fields.number("at", -kMostSeconds, kMostSeconds));
  call.bytes = fields.count("bytes");
  call.how = fields.choice<Direction>(
      "how", {{"read", Direction::Read}, {"write", Direction::Write}, {"both", Direction::Both}}, Direction::Both);
  if (fields.find("linger") != nullptr)
    call.linger = static_cast<std::uint32_t>(std::min<std::uint64_t>(fields.count("linger"), 0xffffffff));
  call.to = fields.text("to");
  call.flow = fields.text("flow");
  call.error = fields.text("error");
  fields.end();
  return call;
}

ReplayEntry read_entry(const Json& value, const std::string& where, std::string& error) {
  Fields fields(value, where, error);
  ReplayEntry entry;
  entry.local = fields.text("local");
  if (entry.local.empty()) fields.fail("local", "is missing: the address of the host that is replayed");
  entry.role = fields.choice<Role>(
      "role", {{"sender", Role::Sender}, {"receiver", Role::Receiver}, {"both", Role::Both}}, Role::Both);
  entry.level = fields.choice<Level>(
      "level", {{"strict", Level::Strict}, {"semantic", Level::Semantic}, {"outcome", Level::Outcome}},
      Level::Semantic);
  entry.stack = fields.choice<HostStack>("stack", {{"kernel", HostStack::Kernel}, {"tunic", HostStack::Tunic}},
                                         HostStack::Kernel);
  entry.reason = fields.text("reason");
  entry.set = fields.names("set");
  entry.flow = fields.text("flow");
  if (const Json* options = fields.find("options"); options != nullptr && options->is_object()) {
    for (const auto& [name, number] : options->items()) {
      if (number.is_number_integer()) {
        entry.options.emplace_back(name, number.get<std::int64_t>());
      } else {
        fields.fail("options." + name, "must be a whole number");
      }
    }
  } else if (options != nullptr) {
    fields.fail("options", "must be an object of numbers");
  }
  fields.for_each("calls",
                  [&](const Json& call, const std::string& at) { entry.calls.push_back(read_call(call, at, error)); });
  fields.end();
  return entry;
}

Sidecar read_all(const Json& value, std::string& error) {
  Fields fields(value, "", error);
  Sidecar sidecar;
  sidecar.shows = fields.text("shows");
  sidecar.recipe = fields.text("recipe");
  sidecar.commands = fields.names("commands");
  sidecar.kernel = fields.text("kernel");
  sidecar.sysctls = fields.names("sysctls");
  sidecar.congestion_control = fields.text("congestion_control");
  if (const Json* link = fields.find("link")) {
    Fields of_link(*link, "link", error);
    constexpr double kMostMilliseconds = 3'600'000;
    constexpr double kMostMegabits = 1'000'000;
    sidecar.link.seed = of_link.count("seed");
    sidecar.link.delay_ms = of_link.number("delay_ms", 0, kMostMilliseconds);
    sidecar.link.rate_mbit = of_link.number("rate_mbit", 0, kMostMegabits);
    sidecar.link.impairments = of_link.texts("impairments");
    of_link.end();
  }
  fields.for_each("replays", [&](const Json& entry, const std::string& at) {
    sidecar.replays.push_back(read_entry(entry, at, error));
  });
  fields.end();
  return sidecar;
}

Json to_object(const Names& names) {
  Json object = Json::object();
  for (const auto& [name, value] : names) object[name] = value;
  return object;
}

Json to_object(const RecordedCall& call) {
  constexpr double kMicro = 1e6;
  Json object{{"at", std::round(in_seconds(call.at) * kMicro) / kMicro}, {"call", to_string(call.kind)}};
  const bool sized = call.kind == CallKind::Read || call.kind == CallKind::Write || call.kind == CallKind::SendTo;
  if (sized) object["bytes"] = call.bytes;
  if (call.kind == CallKind::Shutdown)
    object["how"] = call.how == Direction::Read ? "read" : call.how == Direction::Write ? "write" : "both";
  if (call.linger) object["linger"] = *call.linger;
  if (!call.to.empty()) object["to"] = call.to;
  if (!call.flow.empty()) object["flow"] = call.flow;
  if (!call.error.empty()) object["error"] = call.error;
  return object;
}

Json to_object(const ReplayEntry& entry) {
  Json object{{"local", entry.local}, {"role", to_string(entry.role)}, {"level", to_string(entry.level)}};
  if (entry.stack != HostStack::Kernel) object["stack"] = to_string(entry.stack);
  if (!entry.reason.empty()) object["reason"] = entry.reason;
  if (!entry.flow.empty()) object["flow"] = entry.flow;
  if (!entry.set.empty()) object["set"] = to_object(entry.set);
  for (const auto& [name, value] : entry.options) object["options"][name] = value;
  for (const RecordedCall& call : entry.calls) object["calls"].push_back(to_object(call));
  return object;
}

}  // namespace

std::expected<Sidecar, std::string> parse_sidecar(const std::string& name, std::string_view text) {
  std::string error;
  try {
    const Json value = Json::parse(text);
    Sidecar sidecar = read_all(value, error);
    if (error.empty()) return sidecar;
  } catch (const nlohmann::json::exception& broken) {
    const std::string_view what = broken.what();  // "[json.exception.…] sentence"
    error = what.substr(std::min(what.find(']') + 2, what.size()));
  }
  return std::unexpected(fmt::format("{}: {}", name, error));
}

std::string to_json(const Sidecar& sidecar) {
  Json object{{"shows", sidecar.shows}};
  if (!sidecar.recipe.empty()) object["recipe"] = sidecar.recipe;
  if (!sidecar.commands.empty()) object["commands"] = to_object(sidecar.commands);
  if (!sidecar.kernel.empty()) object["kernel"] = sidecar.kernel;
  if (!sidecar.sysctls.empty()) object["sysctls"] = to_object(sidecar.sysctls);
  if (!sidecar.congestion_control.empty()) object["congestion_control"] = sidecar.congestion_control;
  object["link"] = {{"seed", sidecar.link.seed},
                    {"delay_ms", sidecar.link.delay_ms},
                    {"rate_mbit", sidecar.link.rate_mbit},
                    {"impairments", sidecar.link.impairments}};
  object["replays"] = Json::array();
  for (const ReplayEntry& entry : sidecar.replays) object["replays"].push_back(to_object(entry));
  constexpr int kIndent = 2;
  return object.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tunic::replay
