// Everything about a run is drawn from its seed: the conditions of both directions, both configurations, the sizes of writes.
#include "tests/sim/hostile.hpp"

#include <fmt/format.h>

#include <vector>

#include <tunic/tcp_socket.hpp>

#include "base/random.hpp"
#include "sim/pair.hpp"

namespace tunic::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kStreamLength = std::size_t{256} * 1024;
constexpr Port kPort = 7;
constexpr Duration kLimit = 24h;  // the limit is for what never ends: the time itself is no judge

std::byte stream_byte(bool from_left, std::size_t offset) {
  return static_cast<std::byte>((offset * 0x9e3779b1U >> 13) + (from_left ? 1 : 128));
}

/// One end: sends its stream, reads the other's, and closes when both are done.
class End {
 public:
  End(bool is_left, Random random) : is_left_(is_left), random_(random) {}

  void use(TcpSocket socket) {
    socket_ = std::move(socket);
    socket_.on_ready([this](Readiness) { work(); });
    work();
  }
  bool finished() const { return closed_; }
  const std::string& failure() const { return failure_; }
  std::string progress() const {
    return fmt::format("{}: wrote {}, read {}{}", is_left_ ? "left" : "right", written_, read_,
                       closed_ ? ", closed" : "");
  }

 private:
  void work() {
    if (closed_) return;
    write();
    read();
    if (end_seen_ && written_ == kStreamLength) {
      closed_ = true;
      if (read_ != kStreamLength) fail(fmt::format("the stream ended after {} octets", read_));
      socket_.close();
    }
  }

  void write() {
    while (written_ < kStreamLength) {
      // Pieces of uneven sizes, so that segments do not always come full.
      std::vector<std::byte> piece(std::min<std::size_t>(1 + random_.below(8000), kStreamLength - written_));
      for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = stream_byte(is_left_, written_ + i);
      const auto taken = socket_.write_some(piece);
      if (!taken) return refused("write", taken.error());
      written_ += *taken;
    }
    if (!std::exchange(shut_, true) && !socket_.shutdown_send()) fail("shutdown_send failed");
  }

  void read() {
    std::array<std::byte, 4096> piece;
    while (!end_seen_) {
      const auto got = socket_.read_some(piece);
      if (!got) return refused("read", got.error());
      for (std::size_t i = 0; i < *got; ++i) {
        if (piece[i] != stream_byte(!is_left_, read_ + i)) return fail(fmt::format("octet {} is wrong", read_ + i));
      }
      read_ += *got;
      end_seen_ = *got == 0;
    }
  }

  void refused(std::string_view call, std::error_code error) {
    if (error != Error::WouldBlock && error != Error::InProgress) fail(fmt::format("{}: {}", call, error.message()));
  }
  void fail(const std::string& what) {
    if (failure_.empty()) failure_ = progress() + ": " + what;
    closed_ = true;
  }

  bool is_left_;
  Random random_;
  TcpSocket socket_;
  std::size_t written_ = 0;
  std::size_t read_ = 0;
  bool shut_ = false;
  bool end_seen_ = false;
  bool closed_ = false;
  std::string failure_;
};

/// Seeds are small numbers: each of the runs draws from its own part of the space.
Seed seed_of(std::uint64_t run, std::uint64_t what) {
  return Seed::numbered(run * 16 + what);
}

link::Conditions draw_conditions(Random& random, Seed seed) {
  link::Conditions conditions{.seed = seed};
  conditions.drop = static_cast<std::uint32_t>(random.below(3001));
  conditions.reorder = static_cast<std::uint32_t>(random.below(2501));
  conditions.duplicate = static_cast<std::uint32_t>(random.below(1001));
  conditions.corrupt = static_cast<std::uint32_t>(random.below(201));
  conditions.delay = std::chrono::microseconds(random.below(100'001));
  if (random.chance(1, 3)) {
    conditions.bits_per_second = 1'000'000 + random.below(20'000'000);
    conditions.queue_packets = static_cast<std::uint32_t>(10 + random.below(100));
  }
  return conditions;
}

Config draw_config(Random& random, Seed seed) {
  Config config{.seed = seed};
  TcpConfig& tcp = config.tcp;
  tcp.retransmits_r2 = 0;
  tcp.orphan_retransmits = 0;
  tcp.syn_retransmits = 255;
  tcp.syn_ack_retransmits = 255;
  tcp.timestamps = random.chance(1, 2);
  tcp.sack = random.chance(2, 3);
  tcp.window_scaling = random.chance(2, 3);
  tcp.send_buffer = static_cast<std::uint32_t>(4096 << random.below(7));
  tcp.receive_buffer = static_cast<std::uint32_t>(4096 << random.below(7));
  // Half of the streams begin shortly before a border of the sequence space, 2^31 or 2^32.
  if (random.chance(1, 2)) {
    const std::uint32_t border = random.chance(1, 2) ? 0x80000000U : 0U;
    tcp.initial_sequence_number = border - static_cast<std::uint32_t>(random.below(kStreamLength));
  }
  return config;
}

std::string describe(const link::Conditions& c) {
  return fmt::format("drop {} reorder {} duplicate {} corrupt {} (of 10000) delay {} us rate {} bit/s", c.drop,
                     c.reorder, c.duplicate, c.corrupt, c.delay / 1us, c.bits_per_second);
}

sim::PairSetup draw_setup(std::uint64_t run) {
  Random random(seed_of(run, 0), Purpose::Fuzz);
  sim::PairSetup setup;
  setup.left = draw_config(random, seed_of(run, 1));
  setup.right = draw_config(random, seed_of(run, 2));
  setup.rightward = draw_conditions(random, seed_of(run, 3));
  setup.leftward = draw_conditions(random, seed_of(run, 4));
  return setup;
}

bool all_gone(sim::Pair& pair) {
  const auto gone = [](const StackInfo& info) { return info.connections.empty() && info.time_wait == 0; };
  return gone(pair.left().info()) && gone(pair.right().info());
}

std::string leftovers(sim::Pair& pair) {
  std::string text;
  for (Stack* stack : {&pair.left(), &pair.right()}) {
    for (const ConnectionInfo& c : stack->info().connections) {
      text += fmt::format(" [{} > {} {} unacked {} unsent {} unread {}]", c.local.to_string(), c.remote.to_string(),
                          to_string(c.state), c.unacked, c.unsent, c.unread);
    }
  }
  return text;
}

std::string_view name_of(sim::Outcome outcome) {
  switch (outcome) {
    case sim::Outcome::Reached:
      return "done";
    case sim::Outcome::LimitPassed:
      return "not done after 24 hours";
    case sim::Outcome::Idle:
      return "stuck: nothing is on the way and no timer runs";
    case sim::Outcome::Livelock:
      return "livelock: time stands still";
  }
  return "";
}

}  // namespace

HostileResult run_hostile(std::uint64_t seed, const HostileHooks& hooks) {
  sim::PairSetup setup = draw_setup(seed);
  setup.link_observer = hooks.observer;
  setup.super_segments = hooks.super_segments;
  sim::Pair pair(setup);
  HostileResult result;
  result.conditions = fmt::format("rightward: {}\nleftward: {}", describe(setup.rightward), describe(setup.leftward));
  const sim::Tap tap = [&](const PacketBuffer& packet, Instant now) {
    ++result.packets;
    if (hooks.on_packet) hooks.on_packet(packet, now);
  };
  pair.rightward().tap_entry(tap);
  pair.leftward().tap_entry(tap);
  pair.left().observe(hooks.observer);
  pair.right().observe(hooks.observer);

  End left(true, Random(seed_of(seed, 5), Purpose::Application));
  End right(false, Random(seed_of(seed, 6), Purpose::Application));
  auto listener = TcpListener::listen(pair.right(), {pair.right_address(), kPort});
  auto socket = TcpSocket::connect(pair.left(), {pair.right_address(), kPort});
  if (!listener || !socket) {
    result.failure = "listen or connect failed";
    return result;
  }
  listener->on_ready([&](Readiness) {
    if (auto accepted = listener->accept()) right.use(std::move(*accepted));
  });
  left.use(std::move(*socket));

  sim::Network& network = pair.network();
  const auto over = [&] {
    const bool failed = !left.failure().empty() || !right.failure().empty();
    return failed || (left.finished() && right.finished() && all_gone(pair));
  };
  const sim::Outcome outcome = network.run_until(over, sim::Network::kStart + kLimit);
  result.duration = network.now() - sim::Network::kStart;
  result.failure = left.failure() + right.failure();
  if (result.failure.empty() && outcome != sim::Outcome::Reached) {
    result.failure = fmt::format("{}; {}; {};{}", name_of(outcome), left.progress(), right.progress(), leftovers(pair));
  }
  return result;
}

}  // namespace tunic::test
