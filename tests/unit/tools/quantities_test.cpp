// Percentages, times and rates as people write them.
#include "tunic/quantities.hpp"

#include <gtest/gtest.h>

namespace tunic::command {
namespace {

using namespace std::chrono_literals;

TEST(Percent, HasUpToTwoDecimals) {
  EXPECT_EQ(parse_percent("0"), 0U);
  EXPECT_EQ(parse_percent("5"), 500U);
  EXPECT_EQ(parse_percent("2.5"), 250U);
  EXPECT_EQ(parse_percent("0.01"), 1U);
  EXPECT_EQ(parse_percent("100"), 10000U);
  EXPECT_EQ(parse_percent("100.00"), 10000U);
}

TEST(Percent, NothingElseIsOne) {
  for (const char* text : {"", ".", "5.", ".5", "-1", "+1", "100.01", "101", "0.001", "5%", " 5", "1e1", "nan", "5.5.5",
                           "99999999999999999999999"}) {
    EXPECT_EQ(parse_percent(text), std::nullopt) << text;
  }
}

TEST(Time, HasAUnitOrIsInMilliseconds) {
  EXPECT_EQ(parse_duration("20ms"), 20ms);
  EXPECT_EQ(parse_duration("20"), 20ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("0.000000001s"), 1ns);
  EXPECT_EQ(parse_duration("300us"), 300us);
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("3600s"), 1h);
}

TEST(Time, NothingElseIsOne) {
  for (const char* text : {"", "ms", "-1ms", "1 ms", "1d", "1.5ns", "3600.1s", "1.s", "18446744073709551616s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Rate, HasAUnitOrIsInBits) {
  EXPECT_EQ(parse_rate("9600"), 9600U);
  EXPECT_EQ(parse_rate("64kbit"), 64'000U);
  EXPECT_EQ(parse_rate("1.5Mbit"), 1'500'000U);
  EXPECT_EQ(parse_rate("10M"), 10'000'000U);
  EXPECT_EQ(parse_rate("100Gbit"), 100'000'000'000U);
}

TEST(Rate, NothingElseIsOne) {
  for (const char* text : {"", "0", "0Mbit", "-1", "10MB", "10Mbps", "101Gbit", "1.5"}) {
    EXPECT_EQ(parse_rate(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tunic::command
