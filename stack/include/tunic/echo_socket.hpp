// Echo requests and what comes back: how an application asks whether a host answers. RFC 792, RFC 1122 §3.2.2.6.
//
// Each socket has an identifier that no other has: what answers its requests is its own, and nobody else's. A call that would
// have to wait fails with Error::WouldBlock; on_ready() tells when to try again.
//
// Thread-safety: none; use on the stack's thread. A socket must not outlive its stack.
#pragma once

#include <cstdint>
#include <span>

#include <tunic/address.hpp>
#include <tunic/error.hpp>
#include <tunic/stack.hpp>
#include <tunic/tcp_socket.hpp>

namespace tunic {

namespace host {
struct EchoEntry;
}

/// Who may fragment a request (RFC 791 §3.2, RFC 1191).
enum class DontFragment : std::uint8_t {
  WhereItFits,  ///< DF where the path is known to carry it whole; else it leaves in fragments
  Always,       ///< DF; what is longer than the path carries is not sent
  Never,        ///< routers may
};

struct EchoOptions {
  std::uint8_t tos = 0;   ///< of the requests (RFC 2474)
  std::uint8_t ttl = 64;  ///< of the requests, 1..255
  DontFragment dont_fragment = DontFragment::WhereItFits;
  std::uint32_t receive_buffer = 256 * 1024;  ///< octets of memory, 1 KiB..16 MiB; one answer of any length always fits

  friend bool operator==(const EchoOptions&, const EchoOptions&) = default;
};

/// What came back: a reply, or an ICMP error about a request (RFC 1122 §3.2.2).
struct EchoAnswer {
  Ipv4Address source;       ///< who sent it
  Ipv4Address destination;  ///< of the request: of a reply its source, of an error as it quotes it
  std::uint16_t sequence = 0;
  std::uint8_t type = 0;           ///< ICMP's: 0 a reply, 3 unreachable, 11 time exceeded, 12 parameter problem
  std::uint8_t code = 0;           ///< ICMP's; of a reply 0
  std::uint16_t next_hop_mtu = 0;  ///< octets, of type 3 code 4; 0: the router did not say (RFC 1191 §4)
  std::uint8_t tos = 0;
  std::uint8_t ttl = 0;
  std::size_t size = 0;  ///< octets of a reply's data, 0..65507; what is beyond the room that was given is lost
  Instant received_at{};

  bool is_reply() const { return type == 0; }
};

class EchoSocket {
 public:
  /// The longest data of a request.
  static constexpr std::size_t kMaxSize = 65507;

  EchoSocket() = default;
  EchoSocket(EchoSocket&& other) noexcept;
  EchoSocket& operator=(EchoSocket&& other) noexcept;
  EchoSocket(const EchoSocket&) = delete;
  EchoSocket& operator=(const EchoSocket&) = delete;
  /// As close().
  ~EchoSocket();

  /// Errors: InvalidArgument (an option outside its range), NoBufferSpace (as many as may be, or no identifier is free).
  static Result<EchoSocket> open(Stack& stack, const EchoOptions& options = {});

  /// A request with `data`, which is copied once. Errors: MessageSize (above kMaxSize; with DontFragment::Always more than
  /// whole_size()), InvalidArgument (no such host can be), AccessDenied (an address of a group), NetworkUnreachable,
  /// NoBufferSpace (the stack's queue or memory).
  Result<void> send(Ipv4Address to, std::uint16_t sequence, std::span<const std::byte> data);
  /// What came first; a reply's data goes to `out`. Errors: WouldBlock.
  Result<EchoAnswer> receive(std::span<std::byte> out);

  /// Octets of data that now go to `to` in one packet.
  std::size_t whole_size(Ipv4Address to) const;
  /// Replaces the callback; {} removes it. If the socket is readable already, the callback runs in the next run_ready.
  void on_ready(ReadyCallback callback);
  Readiness readiness() const;
  std::uint16_t identifier() const;
  /// What has arrived and was not read is lost. The socket is empty afterwards.
  void close();
  bool valid() const { return stack_ != nullptr; }

 private:
  EchoSocket(Stack& stack, detail::Handle handle) : stack_(&stack), handle_(handle) {}
  host::EchoEntry* entry() const;

  Stack* stack_ = nullptr;
  detail::Handle handle_;
};

}  // namespace tunic
