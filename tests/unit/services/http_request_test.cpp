// Request heads and targets, as clients send them and as they should not. RFC 9112, RFC 3986.
#include "services/http_request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tunic::services {
namespace {

using Status = ParsedRequest::Status;

TEST(HttpRequest, AnEmptyOrPartialHeadIsIncomplete) {
  const std::string head = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t length = 0; length < head.size(); ++length) {
    EXPECT_EQ(parse_request(head.substr(0, length)).status, Status::Incomplete) << length;
  }
  EXPECT_EQ(parse_request(head).status, Status::Complete);
}

TEST(HttpRequest, AWholeHeadGivesItsParts) {
  const std::string head = "GET /a%20b?c HTTP/1.1\r\nHost: h\r\nUser-Agent: x\r\n\r\n";
  const auto parsed = parse_request(head);
  ASSERT_EQ(parsed.status, Status::Complete);
  EXPECT_EQ(parsed.size, head.size());
  EXPECT_EQ(parsed.request.method, "GET");
  EXPECT_EQ(parsed.request.target, "/a%20b?c");
  EXPECT_TRUE(parsed.request.keep_alive);
  EXPECT_TRUE(parsed.request.has_host);
  EXPECT_FALSE(parsed.request.has_body);
  EXPECT_FALSE(parsed.request.version_1_0);
}

TEST(HttpRequest, APipelinedRequestIsLeftForTheNextCall) {
  const std::string first = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
  const auto parsed = parse_request(first + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(parsed.status, Status::Complete);
  EXPECT_EQ(parsed.size, first.size());
  EXPECT_EQ(parsed.request.target, "/1");
}

TEST(HttpRequest, KeepAliveFollowsVersionAndConnectionField) {
  const auto keeps = [](const std::string& version, const std::string& field) {
    return parse_request("GET / HTTP/" + version + "\r\nHost: h\r\n" + field + "\r\n").request.keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: keep-alive\r\n"));
}

TEST(HttpRequest, ABodyIsAnnouncedByLengthOrChunks) {
  const auto has_body = [](const std::string& field) {
    return parse_request("POST / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n").request.has_body;
  };
  EXPECT_FALSE(has_body(""));
  EXPECT_FALSE(has_body("Content-Length: 0\r\n"));
  EXPECT_TRUE(has_body("Content-Length: 5\r\n"));
  EXPECT_TRUE(has_body("Transfer-Encoding: chunked\r\n"));
}

TEST(HttpRequest, AMissingOrRepeatedHostIsSeen) {
  EXPECT_FALSE(parse_request("GET / HTTP/1.1\r\n\r\n").request.has_host);
  EXPECT_FALSE(parse_request("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").request.has_host);
}

TEST(HttpRequest, MalformedHeadsAreBad) {
  for (const char* head : {
           "GET\r\n\r\n",
           "GET /\r\n\r\n",
           "G@T / HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
       }) {
    const auto parsed = parse_request(head);
    EXPECT_EQ(parsed.status, Status::Bad) << head;
    EXPECT_EQ(parsed.error, 400U) << head;
  }
}

TEST(HttpRequest, AnotherMajorVersionIs505) {
  EXPECT_EQ(parse_request("GET / HTTP/2.0\r\nHost: h\r\n\r\n").error, 505U);
}

TEST(HttpRequest, AHeadBeyondTheLimitIs431) {
  const std::string endless = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2 * kMaxHttpHead, 'a');
  EXPECT_EQ(parse_request(endless).error, 431U);
  EXPECT_EQ(parse_request(endless + "\r\n\r\n").error, 431U);
  EXPECT_EQ(parse_request("GET /" + std::string(2 * kMaxHttpHead, 'a')).error, 431U);
  EXPECT_EQ(parse_request(std::string(kMaxHttpHead, 'a')).status, Status::Bad);
  // Never stuck: whatever fills the limit gets an answer.
  for (std::size_t extra = 0; extra < 8; ++extra) {
    EXPECT_NE(parse_request(endless.substr(0, kMaxHttpHead + extra)).status, Status::Incomplete) << extra;
  }
}

TEST(HttpTarget, APathIsDecodedAndNormalized) {
  EXPECT_EQ(parse_target("/"), (HttpPath{"", true}));
  EXPECT_EQ(parse_target("/a/b.txt"), (HttpPath{"a/b.txt", false}));
  EXPECT_EQ(parse_target("/a/b/"), (HttpPath{"a/b", true}));
  EXPECT_EQ(parse_target("//a/.//b"), (HttpPath{"a/b", false}));
  EXPECT_EQ(parse_target("/a%20b%C3%A4"), (HttpPath{"a bä", false}));
  EXPECT_EQ(parse_target("/a?b=../../c"), (HttpPath{"a", false}));
  EXPECT_EQ(parse_target("/..."), (HttpPath{"...", false}));
  EXPECT_EQ(parse_target("/a..b/..c"), (HttpPath{"a..b/..c", false}));
}

TEST(HttpTarget, AbsoluteFormIsAccepted) {
  EXPECT_EQ(parse_target("http://10.9.0.2/a"), (HttpPath{"a", false}));
  EXPECT_EQ(parse_target("HTTP://h:80"), (HttpPath{"", true}));
  EXPECT_EQ(parse_target("http://h?q"), (HttpPath{"", true}));
}

TEST(HttpTarget, NothingClimbsOut) {
  for (const char* target : {"/..", "/../", "/a/../../b", "/%2e%2e/etc/passwd", "/.%2E/x", "/a/%2e%2e", "/..%2fetc",
                             "http://h/../x", "/a%2f..%2f..%2fx"}) {
    const auto path = parse_target(target);
    ASSERT_FALSE(path) << target;
    EXPECT_EQ(path.error(), 403U) << target;
  }
}

TEST(HttpTarget, NonsenseIsABadRequest) {
  for (const char* target : {"a", "*", "/%", "/%4", "/%4x", "/%00", "/a%00.txt", "/%%41"}) {
    const auto path = parse_target(target);
    ASSERT_FALSE(path) << target;
    EXPECT_EQ(path.error(), 400U) << target;
  }
}

TEST(HttpTarget, EncodingIsUndoneByDecoding) {
  std::string name;
  for (int c = 1; c < 256; ++c) {
    if (c != '/') name += static_cast<char>(c);
  }
  const std::string encoded = percent_encode("/" + name);
  for (const char c : encoded) EXPECT_TRUE(c > ' ' && c < '\x7f');
  EXPECT_EQ(parse_target(encoded), (HttpPath{name, false}));
}

}  // namespace
}  // namespace tunic::services
