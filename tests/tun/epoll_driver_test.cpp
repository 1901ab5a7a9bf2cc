// The loop: descriptors, deadlines, wake-ups from other threads. No network: the device only counts.
#include <tunic/tcp_socket.hpp>
#include <tunic/tun/epoll_driver.hpp>
#include <tunic/tun/os.hpp>

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "segment/codec.hpp"

namespace tunic::tun::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    read_ = FileDescriptor(ends[0]);
    write_ = FileDescriptor(ends[1]);
  }
  int fd() const { return read_.get(); }
  void put() const { EXPECT_EQ(write(write_.get(), "x", 1), 1); }
  void get() const {
    char octet = 0;
    EXPECT_EQ(read(read_.get(), &octet, 1), 1);
  }

 private:
  FileDescriptor read_;
  FileDescriptor write_;
};

/// Counts what is sent, and may refuse to take it.
class CountingDevice final : public Device {
 public:
  bool ready() const override { return is_ready; }
  void send(PacketBuffer, Instant) override {
    ++sent;
    log += "sent ";
  }
  DeviceCapabilities capabilities() const override { return {.in_software = in_software}; }
  std::size_t receive(BlockPool& pool, std::span<PacketBuffer> batch, Instant) override {
    const std::size_t count = std::min(arriving, batch.size());
    for (PacketBuffer& packet : batch.first(count)) packet = PacketBuffer(Chain(pool.copy(content)));
    arriving -= count;
    log += "read " + std::to_string(count) + ", ";
    return count;
  }

  std::size_t arriving = 0;             ///< packets
  std::vector<std::byte> content{100};  ///< of each; of no meaning
  bool is_ready = true;
  bool in_software = false;
  std::uint32_t sent = 0;
  std::string log;
};

/// A segment that nobody waits for, from 10.9.0.1 to 10.9.0.2: it is answered with a RST.
std::vector<std::byte> question() {
  Segment segment;
  segment.source = {Ipv4Address(10, 9, 0, 1), 40000};
  segment.destination = {Ipv4Address(10, 9, 0, 2), 80};
  segment.flags = wire::TcpFlags::Ack;
  return encode_segment(segment, {}).to_vector();
}

class EpollDriverTest : public ::testing::Test {
 protected:
  Stack stack{Config{}};
  CountingDevice device;
  EpollDriver driver{stack, device, -1};
};

TEST_F(EpollDriverTest, RunUntilEndsWhenItIsDone) {
  int turns = 0;
  EXPECT_TRUE(driver.run_until([&] { return ++turns == 1; }));
  EXPECT_EQ(turns, 1);
}

TEST_F(EpollDriverTest, RunUntilEndsAtTheLimit) {
  const Instant start = os_now();
  EXPECT_FALSE(driver.run_until([] { return false; }, start + milliseconds(30)));
  EXPECT_GE(os_now() - start, milliseconds(30));
  EXPECT_LT(os_now() - start, seconds(5));
}

TEST_F(EpollDriverTest, StackGetsTheTimeOfEachTurn) {
  const Instant start = os_now();
  driver.work();
  EXPECT_GE(stack.now(), start);
  EXPECT_LE(stack.now(), os_now());
}

TEST_F(EpollDriverTest, SendsABoundedNumberOfPacketsATurnAndComesBackForTheRest) {
  stack.add_address({Ipv4Address(10, 9, 0, 2), 24});
  std::vector<TcpSocket> sockets;
  sockets.reserve(EpollDriver::kSendBudget + 1);
  for (std::uint32_t i = 0; i < EpollDriver::kSendBudget + 1; ++i) {
    sockets.push_back(TcpSocket::connect(stack, {Ipv4Address(10, 9, 0, 1), 80}).value());
  }
  const Instant again = driver.work();
  EXPECT_EQ(again, stack.now());
  EXPECT_EQ(device.sent, EpollDriver::kSendBudget);
  const Instant next = driver.work();
  EXPECT_GT(next, stack.now()) << "the next thing to do is to repeat the SYNs";
  EXPECT_EQ(device.sent, EpollDriver::kSendBudget + 1);
}

TEST_F(EpollDriverTest, ReadsABoundedNumberOfOctetsATurn) {
  for (const bool in_software : {false, true}) {
    device.in_software = in_software;
    device.content.resize(20'000);
    device.arriving = 100;
    driver.work();
    const std::size_t most = in_software ? EpollDriver::kBatchOctetsInSoftware : EpollDriver::kBatchOctets;
    const std::size_t read = (100 - device.arriving) * device.content.size();
    EXPECT_GE(read, most);
    EXPECT_LT(read, most + 4 * device.content.size());
  }
}

TEST_F(EpollDriverTest, WaitsForADeviceThatIsNotReady) {
  stack.add_address({Ipv4Address(10, 9, 0, 2), 24});
  device.is_ready = false;
  const auto socket = TcpSocket::connect(stack, {Ipv4Address(10, 9, 0, 1), 80});
  const Instant again = driver.work();
  EXPECT_GT(again, stack.now()) << "asking again would not make it ready";
  EXPECT_EQ(device.sent, 0U);
  device.is_ready = true;
  driver.work();
  EXPECT_EQ(device.sent, 1U);
}

// Where packets come one by one, each is answered before the device is asked for more; where there are more, all are read first.
TEST_F(EpollDriverTest, AnswersALonePacketAtOnce) {
  stack.add_address({Ipv4Address(10, 9, 0, 2), 24});
  device.content = question();
  driver.work();
  device.arriving = 1;
  const Instant again = driver.work();
  EXPECT_EQ(again, stack.now()) << "there may be more";
  driver.work();
  device.arriving = 3;
  driver.work();
  driver.work();
  device.arriving = 1;
  driver.work();
  EXPECT_EQ(device.log, "read 0, read 1, sent read 0, read 1, sent read 2, sent sent read 1, sent ");
}

// Looking instead of sleeping changes nothing of what is heard: packets, descriptors, deadlines, wake().
TEST_F(EpollDriverTest, HearsEverythingWhileItLooksForPackets) {
  driver.set_busy_poll(seconds(1));
  device.arriving = 1;
  const Pipe pipe;
  int calls = 0;
  driver.watch(pipe.fd(), EPOLLIN, [&](std::uint32_t) {
    pipe.get();
    ++calls;
  });
  const Instant start = os_now();
  EXPECT_FALSE(driver.run_until([] { return false; }, start + milliseconds(30)));
  EXPECT_GE(os_now() - start, milliseconds(30));
  EXPECT_EQ(stack.counters().packets_in, 1U);
  pipe.put();
  EXPECT_TRUE(driver.run_until([&] { return calls == 1; }, os_now() + seconds(5)));
  driver.work();
  driver.wake();
  driver.wait(os_now() + seconds(5));
  EXPECT_LT(os_now() - start, seconds(5));
}

TEST_F(EpollDriverTest, CallsBackWhenADescriptorIsReady) {
  const Pipe pipe;
  int calls = 0;
  driver.watch(pipe.fd(), EPOLLIN, [&](std::uint32_t events) {
    EXPECT_EQ(events, std::uint32_t{EPOLLIN});
    pipe.get();
    ++calls;
  });
  pipe.put();
  pipe.put();
  EXPECT_TRUE(driver.run_until([&] { return calls == 2; }, os_now() + seconds(5)));
}

TEST_F(EpollDriverTest, CallbackMayUnwatchItselfAndOthers) {
  const Pipe first;
  const Pipe second;
  int calls = 0;
  const auto once = [&](std::uint32_t) {
    ++calls;
    driver.unwatch(first.fd());
    driver.unwatch(second.fd());
  };
  driver.watch(first.fd(), EPOLLIN, once);
  driver.watch(second.fd(), EPOLLIN, once);
  first.put();
  second.put();
  driver.run_until([] { return false; }, os_now() + milliseconds(20));
  EXPECT_EQ(calls, 1);
}

TEST_F(EpollDriverTest, RefusesWhatCannotBeWaitedFor) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  EXPECT_THROW(driver.watch(fileno(file.get()), EPOLLIN, [](std::uint32_t) {}), std::system_error);
}

TEST_F(EpollDriverTest, StopFromAnotherThreadEndsRun) {
  std::thread stopper([&] { driver.stop(); });
  driver.run();
  stopper.join();
  EXPECT_TRUE(driver.stopped());
}

TEST_F(EpollDriverTest, WakeEndsTheWait) {
  std::thread waker([&] { driver.wake(); });
  driver.wait(kNever);
  waker.join();
}

TEST_F(EpollDriverTest, WakeBeforeTheWaitIsNotLost) {
  driver.wake();
  driver.wait(kNever);
  const Instant start = os_now();
  driver.wait(start + milliseconds(10));  // and it counts once
  EXPECT_GE(os_now() - start, milliseconds(10));
}

}  // namespace
}  // namespace tunic::tun::testing
