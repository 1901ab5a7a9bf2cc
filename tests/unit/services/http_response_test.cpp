// What a folder's HTTP server answers, without a connection. RFC 9110.
#include "services/http_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "temporary_folder.hpp"

namespace tunic::services {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpResponseTest : public testing::Test {
 protected:
  HttpResponse get(std::string_view target) { return respond(*Folder::open(folder_.path().string()), target); }

  TemporaryFolder folder_;
};

TEST_F(HttpResponseTest, AFileIsSentWithItsLengthAndType) {
  folder_.write("a.TXT", "hello");
  const HttpResponse response = get("/a.TXT");
  EXPECT_EQ(response.status, 200U);
  ASSERT_TRUE(response.file);
  EXPECT_EQ(response.content_length(), 5U);
  EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
}

TEST_F(HttpResponseTest, AFolderGivesItsIndex) {
  folder_.write("index.html", "<p>");
  folder_.write("sub/index.html", "<p><p>");
  EXPECT_EQ(get("/").content_length(), 3U);
  EXPECT_EQ(get("/sub/").content_length(), 6U);
  EXPECT_EQ(get("/sub/").content_type, "text/html; charset=utf-8");
}

TEST_F(HttpResponseTest, AFolderWithoutIndexGivesItsListing) {
  folder_.write("a b&<\".txt", "");
  folder_.write("sub/x:y", "");
  const HttpResponse root = get("/");
  EXPECT_EQ(root.status, 200U);
  EXPECT_THAT(root.body, HasSubstr("<a href=\"./a%20b%26%3C%22.txt\">a b&amp;&lt;&quot;.txt</a>"));
  EXPECT_THAT(root.body, HasSubstr("<a href=\"./sub/\">sub/</a>"));
  EXPECT_THAT(root.body, Not(HasSubstr("\"../\"")));
  EXPECT_THAT(get("/sub/").body, HasSubstr("<a href=\"../\">"));
  EXPECT_THAT(get("/sub/").body, HasSubstr("<a href=\"./x%3Ay\">"));
}

TEST_F(HttpResponseTest, AnIndexThatIsNoFileIsListed) {
  std::filesystem::create_directory(folder_.path() / "index.html");
  EXPECT_THAT(get("/").body, HasSubstr("index.html/"));
}

TEST_F(HttpResponseTest, AFolderWithoutSlashIsRedirected) {
  folder_.write("a b/c", "");
  const HttpResponse response = get("/a%20b?x");
  EXPECT_EQ(response.status, 301U);
  EXPECT_EQ(response.location, "/a%20b/");
  EXPECT_EQ(get("//a%20b").location, "/a%20b/");  // not "//…", which would name another host
}

TEST_F(HttpResponseTest, ErrorsHaveTheirStatus) {
  folder_.write("a", "");
  std::filesystem::create_symlink("/etc", folder_.path() / "out");
  EXPECT_EQ(get("/none").status, 404U);
  EXPECT_EQ(get("/a/b").status, 404U);
  EXPECT_EQ(get("/a/").status, 404U);
  EXPECT_EQ(get("/" + std::string(5000, 'a')).status, 404U);
  EXPECT_EQ(get("/../a").status, 403U);
  EXPECT_EQ(get("/out/passwd").status, 403U);
  EXPECT_EQ(get("/%zz").status, 400U);
  if (geteuid() != 0) {  // root may read everything
    std::filesystem::permissions(folder_.path() / "a", std::filesystem::perms::none);
    EXPECT_EQ(get("/a").status, 403U);
  }
}

TEST(HttpHead, HasTheFieldsThatAreDue) {
  const std::chrono::sys_seconds now{std::chrono::seconds{784111777}};  // the example of RFC 9110 §5.6.7
  const std::string ok = response_head({.content_type = "text/plain", .body = "12345"}, {}, now);
  EXPECT_EQ(ok,
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
            "Content-Length: 5\r\n\r\n");
  EXPECT_THAT(response_head(error_response(405), {.keep_alive = false}, now),
              testing::AllOf(StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"), HasSubstr("\r\nAllow: GET, HEAD\r\n"),
                             HasSubstr("\r\nConnection: close\r\n")));
  EXPECT_THAT(response_head({}, {.version_1_0 = true}, now), HasSubstr("\r\nConnection: keep-alive\r\n"));
}

TEST(HttpHead, ContentTypesFollowTheSuffix) {
  EXPECT_EQ(content_type_of("a.html"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type_of("a.b.PNG"), "image/png");
  EXPECT_EQ(content_type_of("a.zip"), "application/zip");
  EXPECT_EQ(content_type_of("a.bmp"), "image/bmp");
  EXPECT_EQ(content_type_of("a.unknown"), "application/octet-stream");
  EXPECT_EQ(content_type_of("Makefile"), "application/octet-stream");
  EXPECT_EQ(content_type_of(""), "application/octet-stream");
}

}  // namespace
}  // namespace tunic::services
