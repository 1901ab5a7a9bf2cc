// Errors compare with std::errc, so that callers need no vocabulary of ours.
#include <set>

#include <gtest/gtest.h>

#include <tunic/error.hpp>

namespace tunic {
namespace {

constexpr int kFirst = static_cast<int>(Error::WouldBlock);
constexpr int kLast = static_cast<int>(Error::AccessDenied);

TEST(Error, MapsToStdErrc) {
  EXPECT_EQ(make_error_code(Error::WouldBlock), std::errc::operation_would_block);
  EXPECT_EQ(make_error_code(Error::ConnectionRefused), std::errc::connection_refused);
  EXPECT_EQ(make_error_code(Error::ConnectionReset), std::errc::connection_reset);
  EXPECT_EQ(make_error_code(Error::TimedOut), std::errc::timed_out);
  EXPECT_EQ(make_error_code(Error::BrokenPipe), std::errc::broken_pipe);
  EXPECT_EQ(make_error_code(Error::AddressInUse), std::errc::address_in_use);
  EXPECT_EQ(make_error_code(Error::BadHandle), std::errc::bad_file_descriptor);
  EXPECT_NE(make_error_code(Error::WouldBlock), std::errc::connection_refused);
}

TEST(Error, EachHasItsOwnWordsAndAStandardCondition) {
  std::set<std::string> words;
  for (int value = kFirst; value <= kLast; ++value) {
    const std::error_code code = make_error_code(static_cast<Error>(value));
    EXPECT_TRUE(words.insert(code.message()).second) << value;
    EXPECT_EQ(code.default_error_condition().category(), std::generic_category()) << value;
  }
  EXPECT_EQ(words.count("unknown error"), 0U);
}

TEST(Error, UnknownValuesHaveWordsToo) {
  EXPECT_EQ(error_category().message(kLast + 1), "unknown error");
  EXPECT_EQ(error_category().default_error_condition(0).category(), error_category());
  EXPECT_STREQ(error_category().name(), "tunic");
}

TEST(Error, IsAnErrorCodeByItself) {
  const std::error_code code = Error::NotConnected;
  EXPECT_EQ(code, std::errc::not_connected);
  EXPECT_EQ(Result<int>(fail(Error::NotConnected)).error(), code);
}

}  // namespace
}  // namespace tunic
