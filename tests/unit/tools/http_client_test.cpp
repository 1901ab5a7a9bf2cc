// URLs and answers of `tunic get`. RFC 3986 §3, RFC 9112 §4-§7.
#include <gtest/gtest.h>

#include <string>

#include "tunic/get.hpp"
#include "tunic/http_reader.hpp"

namespace tunic::command {
namespace {

TEST(HttpUrl, HasItsDefaults) {
  const Ipv4Address host(10, 9, 0, 1);
  EXPECT_EQ(parse_http_url("http://10.9.0.1"), (HttpUrl{{host, 80}, "10.9.0.1", "/"}));
  EXPECT_EQ(parse_http_url("http://10.9.0.1?q=1"), (HttpUrl{{host, 80}, "10.9.0.1", "/?q=1"}));
  EXPECT_EQ(parse_http_url("http://10.9.0.1:8080/a/b?c#d"), (HttpUrl{{host, 8080}, "10.9.0.1:8080", "/a/b?c"}));
}

TEST(HttpUrl, OfOtherKindsAreRefused) {
  for (const char* text : {"", "http://", "ftp://10.9.0.1/", "10.9.0.1/", "http://name/", "http://10.9.0.1:/",
                           "http://10.9.0.1:0/", "http://10.9.0.1:65536/", "http://10.9.0.1:8x/", "http://10.9.0.1/a b",
                           "http://user@10.9.0.1/", "http://10.9.0.1/\r\nEvil: 1"}) {
    EXPECT_FALSE(parse_http_url(text)) << text;
  }
}

struct Read {
  std::string body;
  std::string failure;
  bool complete;
};

/// The answer as one piece, or octet by octet, and then the end of the connection.
Read read(std::string_view answer, std::size_t piece) {
  HttpReader reader;
  Read read;
  for (std::size_t at = 0; at < answer.size(); at += piece) {
    const auto taken = reader.take(answer.substr(at, piece), read.body);
    if (!taken) return {read.body, taken.error(), false};
  }
  read.complete = reader.complete();
  if (const auto ended = reader.end(); !ended) read.failure = ended.error();
  return read;
}

TEST(HttpReader, TakesBodiesOfEveryFrame) {
  struct Frame {
    const char* answer;
    bool complete_before_the_end;
  };
  for (const auto& [answer, complete] :
       {Frame{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true}, Frame{"HTTP/1.0 200 OK\r\n\r\nhello", false},
        Frame{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n",
              true}}) {
    for (const std::size_t piece : {1U, 7U, 1000U}) {
      const Read got = read(answer, piece);
      EXPECT_EQ(got.body, "hello") << answer << " in pieces of " << piece;
      EXPECT_EQ(got.failure, "");
      EXPECT_EQ(got.complete, complete);
    }
  }
}

TEST(HttpReader, SaysWhatIsWrong) {
  EXPECT_EQ(read("", 1).failure, "it ended without an answer");
  EXPECT_EQ(read("HTTP/1.1 200 O", 100).failure, "it ended without an answer");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 3).failure,
            "it ended before its body was complete");
  EXPECT_NE(read("SSH-2.0-OpenSSH\r\n", 100).failure, "");
  EXPECT_NE(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 100).failure, "");
  EXPECT_NE(read("HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'a'), 1000).failure, "");
}

TEST(HttpReader, ReservesNothingForALengthThatIsOnlyAWord) {
  HttpReader reader;
  std::string body;
  ASSERT_TRUE(reader.take("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551614\r\n\r\nhello", body));
  EXPECT_EQ(body, "hello");
  EXPECT_EQ(reader.length(), 18446744073709551614U);
  EXPECT_FALSE(reader.complete());
}

TEST(HttpReader, KnowsStatusAndLocation) {
  HttpReader reader;
  std::string body;
  ASSERT_TRUE(reader.take("HTTP/1.1 301 Gone over there\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", body));
  EXPECT_TRUE(reader.complete());
  EXPECT_EQ(reader.status(), 301U);
  EXPECT_EQ(reader.reason(), "Gone over there");
  EXPECT_EQ(reader.location(), "/x");
}

}  // namespace
}  // namespace tunic::command
