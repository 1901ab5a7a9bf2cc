// A stack on a TUN device whose peer is the kernel: 10.9.0.2 is the stack's, 10.9.0.1 the kernel's.
#pragma once

#include <tunic/tun/blocking.hpp>
#include <tunic/tun/engine.hpp>
#include <tunic/tun/tun_device.hpp>
#include <tunic/tun/wrappers.hpp>

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "tests/tun/kernel_socket.hpp"
#include "tests/tun/private_network.hpp"

namespace tunic::tun::testing {

inline constexpr Ipv4Prefix kStackSide{Ipv4Address(10, 9, 0, 2), 24};
inline constexpr Ipv4Prefix kKernelSide{Ipv4Address(10, 9, 0, 1), 24};

/// A link that can be cut (packets are lost) and held (what comes in waits in the kernel's queue).
class Valve final : public DeviceWrapper {
 public:
  explicit Valve(Device& inner) : DeviceWrapper(inner) {}

  void send(PacketBuffer packet, Instant now) override {
    if (!cut) inner_.send(std::move(packet), now);
  }
  std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant now) override {
    if (held) return 0;
    const std::size_t count = inner_.receive(pool, batch, now);
    return cut ? 0 : count;
  }

  std::atomic<bool> cut = false;
  std::atomic<bool> held = false;
};

/// Prints events to a file in memory whose end is shown when the test fails, and remembers the states of connections.
class EventRecord final : public Observer {
 public:
  void on_event(const Event& event) override;
  std::string last_lines() const;
  bool saw(TcpState from, TcpState to) const;

 private:
  mutable std::mutex mutex_;
  std::vector<StateChange> changes_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{std::tmpfile(), std::fclose};
  EventPrinter printer_{file_.get(), EventFormat::Text};
};

/// Who opens the connection.
enum class Opener { Kernel, Stack };

struct Connection {
  KernelSocket kernel;
  BlockingTcpSocket stack;
};

class KernelPeerTest : public PrivateNetworkTest {
 protected:
  void SetUp() override;
  /// Puts another link in place of the one that SetUp made. Before start().
  void make_link(Offloading offloading);
  void TearDown() override;

  static Config default_config();
  /// Puts a stack on the link. `keep_events`: have its events ready in case of failure.
  void start(const Config& config = default_config(), bool keep_events = true);
  /// Before start(): the link is a bad one.
  void impair(const LinkConditions& conditions) { bad_link = std::make_unique<ImpairedDevice>(*link, conditions); }
  /// A new connection, with the kernel's receive buffer as given (0: default).
  Connection open(Opener opener, int kernel_buffer = 0);

  std::optional<TunDevice> device;
  std::unique_ptr<Valve> link;
  std::unique_ptr<ImpairedDevice> bad_link;
  EventRecord events;
  std::unique_ptr<Engine> engine;
};

}  // namespace tunic::tun::testing
