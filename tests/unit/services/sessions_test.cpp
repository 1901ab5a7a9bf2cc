// The services over real connections: two stacks in virtual time, the client written as straight code.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "services/catalog.hpp"
#include "services/folder.hpp"
#include "sim/blocking.hpp"
#include "sim/pair.hpp"
#include "temporary_folder.hpp"

namespace tunic::services {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class SessionsTest : public testing::Test {
 protected:
  /// A server of `service` on the right stack.
  Server& start(Service service, std::size_t max_connections = Server::kMaxConnections) {
    server_ = *Server::start(pair_.right(), {pair_.right_address(), kPort},
                             sessions_of(service, pair_.right(), folder_, clock_), max_connections);
    return *server_;
  }
  TcpSocket connect() { return *sim::connect(pair_.network(), pair_.left(), {pair_.right_address(), kPort}); }
  void write(TcpSocket& socket, std::string_view text) {
    ASSERT_TRUE(sim::write_all(pair_.network(), socket, std::as_bytes(std::span(text))));
  }
  std::string read(TcpSocket& socket, std::size_t count) {
    const auto bytes = sim::read_exactly(pair_.network(), socket, count);
    if (!bytes) return "error: " + bytes.error().message();
    std::string text(bytes->size(), '\0');
    std::ranges::transform(*bytes, text.begin(), [](std::byte byte) { return static_cast<char>(byte); });
    return text;
  }
  std::string read_to_end(TcpSocket& socket) { return read(socket, std::size_t{1} << 23); }
  void run_for(Duration duration) { pair_.network().run_for(duration); }
  /// Nothing is left of any connection but TIME-WAIT: no session, no bytes.
  void expect_nothing_left() {
    run_for(std::chrono::seconds(5));
    EXPECT_EQ(server_->connections(), 0U);
    EXPECT_EQ(pair_.right().info().bytes_queued, 0U);
  }

  static constexpr Port kPort = 4000;
  // A client's first data arrives together with the end of the handshake: both have the same way to go.
  sim::Pair pair_{
      {.rightward = {.delay = std::chrono::milliseconds(1)}, .leftward = {.delay = std::chrono::milliseconds(1)}}};
  TemporaryFolder files_;
  Folder folder_ = *Folder::open(files_.path().string());
  WallClock clock_ = [] { return std::chrono::sys_seconds(std::chrono::seconds(784111777)); };
  std::unique_ptr<Server> server_;
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

TEST_F(SessionsTest, EchoReturnsEverythingAndThenTheEnd) {
  start(Service::Echo);
  TcpSocket client = connect();
  const std::string sent = pattern(200'000);  // less than the buffers on the way: nobody has to read while writing
  write(client, sent);
  ASSERT_TRUE(client.shutdown_send());
  EXPECT_EQ(read_to_end(client), sent);
  client.close();
  expect_nothing_left();
}

TEST_F(SessionsTest, EchoWaitsForAPeerThatDoesNotRead) {
  start(Service::Echo);
  TcpSocket client = connect();
  const std::string part = pattern(100'000);
  std::string sent;
  // Written until nothing more is taken: both directions are full and the server holds no more than one read.
  for (;;) {
    const auto count = client.write_some(std::as_bytes(std::span(part)));
    if (count) {
      sent.append(part, 0, *count);
      continue;
    }
    run_for(std::chrono::seconds(1));
    if (!client.readiness().writable) break;
  }
  EXPECT_EQ(server_->connections(), 1U);
  ASSERT_TRUE(client.shutdown_send());
  EXPECT_EQ(read_to_end(client), sent);
  client.close();
  expect_nothing_left();
}

TEST_F(SessionsTest, DiscardTakesEverythingAndSaysNothing) {
  start(Service::Discard);
  TcpSocket client = connect();
  write(client, pattern(1'000'000));
  ASSERT_TRUE(client.shutdown_send());
  EXPECT_EQ(read_to_end(client), "");
  client.close();
  expect_nothing_left();
}

TEST_F(SessionsTest, DaytimeSaysTheTimeAndEnds) {
  start(Service::Daytime);
  TcpSocket client = connect();
  write(client, "what time is it?");  // thrown away, as RFC 867 says, and no reason for a reset
  EXPECT_EQ(read_to_end(client), "Sunday, November 06, 1994 08:49:37-UTC\r\n");
  client.close();
  expect_nothing_left();
}

TEST_F(SessionsTest, ChargenSendsUntilThePeerCloses) {
  start(Service::Chargen);
  TcpSocket client = connect();
  const std::string text = read(client, 1'000'000);
  EXPECT_THAT(text, StartsWith(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n!\"#$"));
  constexpr std::size_t kPeriod = 95U * 74U;
  for (std::size_t i = kPeriod; i < text.size(); ++i) ASSERT_EQ(text[i], text[i - kPeriod]) << i;
  ASSERT_TRUE(client.shutdown_send());
  EXPECT_THAT(read_to_end(client), testing::Not(StartsWith("error")));
  client.close();
  expect_nothing_left();
}

TEST_F(SessionsTest, AResetEndsAnySession) {
  for (const auto service : {Service::Echo, Service::Discard, Service::Chargen, Service::Http}) {
    start(service);
    TcpSocket client = connect();
    write(client, "GET");
    run_for(std::chrono::seconds(1));
    EXPECT_EQ(server_->connections(), 1U) << name(service);
    client.abort();
    expect_nothing_left();
    server_.reset();
  }
}

TEST_F(SessionsTest, ConnectionsBeyondTheLimitWaitTheirTurn) {
  Server& server = start(Service::Echo, 2);
  TcpSocket first = connect();
  TcpSocket second = connect();
  TcpSocket third = connect();
  write(third, "x");
  run_for(std::chrono::seconds(1));
  EXPECT_EQ(server.connections(), 2U);
  EXPECT_FALSE(third.readiness().readable);
  first.close();
  EXPECT_EQ(read(third, 1), "x");
  second.close();
  third.close();
  expect_nothing_left();
}

TEST_F(SessionsTest, ClosingTheServerEndsItsConnections) {
  start(Service::Echo);
  TcpSocket client = connect();
  write(client, "hello");
  EXPECT_EQ(read(client, 5), "hello");
  server_->close();
  EXPECT_EQ(read_to_end(client), "");
  EXPECT_FALSE(sim::connect(pair_.network(), pair_.left(), {pair_.right_address(), kPort}));
}

class HttpSessionTest : public SessionsTest {
 protected:
  HttpSessionTest() { start(Service::Http); }
  static std::string get(std::string_view path, std::string_view fields = "") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n{}\r\n", path, fields);
  }
  std::string read_head(TcpSocket& client) {
    std::string head;
    while (!head.ends_with("\r\n\r\n") && head.size() < 8192) head += read(client, 1);
    return head;
  }
  /// All that is answered to `text` when the client closes its direction after it.
  std::string exchange(std::string_view text) {
    TcpSocket client = connect();
    write(client, text);
    EXPECT_TRUE(client.shutdown_send());
    const std::string answer = read_to_end(client);
    client.close();
    return answer;
  }
};

TEST_F(HttpSessionTest, AFileArrivesWhole) {
  const std::string content = pattern(3'000'000);
  files_.write("big.bin", content);
  const std::string answer = exchange(get("/big.bin"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 3000000\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + content));
  expect_nothing_left();
}

TEST_F(HttpSessionTest, AConnectionIsKeptForMoreRequests) {
  files_.write("a", "first");
  files_.write("b", "");
  TcpSocket client = connect();
  for (int i = 0; i < 3; ++i) {
    write(client, get("/a"));
    EXPECT_THAT(read_head(client), EndsWith("Content-Length: 5\r\n\r\n"));
    EXPECT_EQ(read(client, 5), "first");
    write(client, get("/b"));
    EXPECT_THAT(read_head(client), EndsWith("Content-Length: 0\r\n\r\n"));
  }
  client.close();
  expect_nothing_left();
}

TEST_F(HttpSessionTest, PipelinedRequestsAreAnsweredInTurn) {
  files_.write("a", "AAA");
  files_.write("b", "BBB");
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += get(i % 2 == 0 ? "/a" : "/b");
  const std::string answer = exchange(requests);
  std::string order;
  for (std::size_t at = 0; (at = answer.find("\r\n\r\n", at)) != std::string::npos; at += 4)
    order += answer.substr(at + 4, 1);
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += "AB";
  EXPECT_EQ(order, expected);
  expect_nothing_left();
}

TEST_F(HttpSessionTest, ARequestMayComeInPieces) {
  files_.write("a", "x");
  TcpSocket client = connect();
  for (const char c : get("/a", "Connection: close\r\n")) {
    write(client, std::string(1, c));
    run_for(std::chrono::milliseconds(1));
  }
  EXPECT_THAT(read_to_end(client), EndsWith("\r\n\r\nx"));
  client.close();
  expect_nothing_left();
}

TEST_F(HttpSessionTest, Http10ClosesUnlessAskedToKeep) {
  files_.write("a", "x");
  TcpSocket client = connect();
  write(client, "GET /a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(read_to_end(client), testing::AllOf(HasSubstr("\r\nConnection: close\r\n"), EndsWith("\r\n\r\nx")));
  client.close();
  EXPECT_THAT(exchange("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              HasSubstr("\r\nConnection: keep-alive\r\n"));
  expect_nothing_left();
}

TEST_F(HttpSessionTest, HeadHasTheFieldsAndNoBody) {
  files_.write("a", "12345");
  const std::string answer = exchange("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpSessionTest, WhatIsNotServedIsSaidAndEndsTheConnection) {
  const auto status = [this](std::string_view text) { return exchange(text).substr(9, 3); };
  EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"), "405");
  EXPECT_EQ(status("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), "405");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"), "400");
  EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), "400");
  EXPECT_EQ(status("nonsense\r\n\r\n"), "400");
  EXPECT_EQ(status("GET / HTTP/3.0\r\n\r\n"), "505");
  EXPECT_EQ(status(get("/none", "Connection: close\r\n")), "404");
  EXPECT_EQ(status(get("/../x", "Connection: close\r\n")), "403");
  expect_nothing_left();
}

TEST_F(HttpSessionTest, ABodyIsNeverTakenForARequest) {
  files_.write("a", "SECRET");
  const std::string inner = get("/a");
  for (const char* method : {"POST", "GET"}) {
    const std::string answer =
        exchange(fmt::format("{} / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", method, inner.size(), inner));
    EXPECT_EQ(answer.find("SECRET"), std::string::npos) << method;
  }
}

TEST_F(HttpSessionTest, TheAnswerToAnEndlessHeadIsNotLost) {
  TcpSocket client = connect();
  write(client, "GET / HTTP/1.1\r\nX: " + std::string(50'000, 'a'));
  EXPECT_THAT(read_to_end(client), StartsWith("HTTP/1.1 431 "));
  client.close();
  expect_nothing_left();
}

TEST_F(HttpSessionTest, APeerThatNeverStopsAfterTheLastResponseIsReset) {
  TcpSocket client = connect();
  write(client, "nonsense\r\n\r\n");
  const std::string more = pattern(100'000);
  bool failed = false;
  for (int i = 0; i < 40 && !failed; ++i) {
    failed = !sim::write_all(pair_.network(), client, std::as_bytes(std::span(more)), std::chrono::seconds(2));
  }
  EXPECT_TRUE(failed);
  client.abort();
  expect_nothing_left();
}

TEST_F(HttpSessionTest, AFileThatShrinksMeanwhileEndsTheConnection) {
  files_.write("a", pattern(2'000'000));
  TcpSocket client = connect();
  write(client, get("/a"));
  EXPECT_THAT(read(client, 1000), StartsWith("HTTP/1.1 200 OK\r\n"));
  std::filesystem::resize_file(files_.path() / "a", 100'000);
  EXPECT_THAT(read_to_end(client), StartsWith("error"));
  client.close();
  expect_nothing_left();
}

}  // namespace
}  // namespace tunic::services
