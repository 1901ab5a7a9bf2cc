// A stack on a TUN device whose peer is the kernel.
#include "tests/tun/kernel_peer.hpp"

#include <tunic/tun/interface.hpp>
#include <tunic/tun/os.hpp>

#include <algorithm>
#include <thread>

namespace tunic::tun::testing {

void EventRecord::on_event(const Event& event) {
  const std::lock_guard lock(mutex_);
  if (const auto* change = std::get_if<StateChange>(&event.subject)) changes_.push_back(*change);
  printer_.on_event(event);
}

std::string EventRecord::last_lines() const {
  constexpr long kShown = 12000;
  const std::lock_guard lock(mutex_);
  std::fseek(file_.get(), 0, SEEK_END);
  const long size = std::ftell(file_.get());
  std::fseek(file_.get(), std::max(0L, size - kShown), SEEK_SET);
  std::string text(static_cast<std::size_t>(std::min(size, kShown)), '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file_.get()));
  return text;
}

bool EventRecord::saw(TcpState from, TcpState to) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(changes_, [&](const StateChange& each) { return each.from == from && each.to == to; });
}

void KernelPeerTest::SetUp() {
  PrivateNetworkTest::SetUp();
  if (!IsSkipped()) make_link(Offloading::Auto);
}

void KernelPeerTest::make_link(Offloading offloading) {
  device.reset();
  auto opened = TunDevice::open({.name = "peer%d", .offloading = offloading});
  ASSERT_TRUE(opened) << opened.error().to_string();
  device.emplace(std::move(*opened));
  const auto up = set_up_interface({.name = device->name(), .address = kKernelSide});
  ASSERT_TRUE(up) << up.error().to_string();
  link = std::make_unique<Valve>(*device);
}

void KernelPeerTest::TearDown() {
  if (engine) engine->stop();
  if (HasFailure()) std::fprintf(stderr, "the end of the story:\n%s", events.last_lines().c_str());
}

Config KernelPeerTest::default_config() {
  Config config;
  config.seed = os_seed();
  return config;
}

void KernelPeerTest::start(const Config& config, bool keep_events) {
  Device& top = bad_link ? static_cast<Device&>(*bad_link) : *link;
  engine = std::make_unique<Engine>(config, top, device->fd(), keep_events ? &events : nullptr);
  engine->add_address(kStackSide);
}

Connection KernelPeerTest::open(Opener opener, int kernel_buffer) {
  Connection made;
  if (opener == Opener::Kernel) {
    auto listener = BlockingTcpListener::listen(*engine, {kStackSide.address, 0});
    EXPECT_TRUE(listener) << listener.error().message();
    made.kernel = KernelSocket::connect(listener->local(), kernel_buffer);
    auto accepted = listener->accept(std::chrono::seconds(5));
    EXPECT_TRUE(accepted) << accepted.error().message();
    made.stack = std::move(*accepted);
  } else {
    const KernelSocket listener = KernelSocket::listen({kKernelSide.address, 0}, kernel_buffer);
    auto connected =
        BlockingTcpSocket::connect(*engine, {kKernelSide.address, listener.port()}, {}, std::chrono::seconds(5));
    EXPECT_TRUE(connected) << connected.error().message();
    made.stack = std::move(*connected);
    made.kernel = listener.accept();
  }
  EXPECT_EQ(made.kernel.error(), 0);
  return made;
}

}  // namespace tunic::tun::testing
