// Every reason has a name, a section and a sentence that people can read.
#include <map>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <tunic/why.hpp>

namespace tunic {
namespace {

std::vector<Why> all_reasons() {
  std::vector<Why> reasons;
  reasons.reserve(kWhyCount);
  for (std::size_t i = 0; i < kWhyCount; ++i) reasons.push_back(static_cast<Why>(i));
  return reasons;
}

TEST(Why, EachReasonHasNameSectionAndSentence) {
  for (const Why why : all_reasons()) {
    EXPECT_FALSE(name(why).empty()) << static_cast<int>(why);
    EXPECT_FALSE(rfc(why).empty()) << name(why);
    EXPECT_FALSE(text(why).empty()) << name(why);
  }
}

TEST(Why, SectionsBeginWithTheNumberOfAnRfc) {
  for (const Why why : all_reasons()) {
    const std::string_view section = rfc(why);
    const std::size_t digits = std::min(section.find_first_not_of("0123456789"), section.size());
    EXPECT_TRUE(digits >= 3 && digits <= 4) << name(why) << ": " << section;
    EXPECT_TRUE(digits == section.size() || section.substr(digits).starts_with(" §")) << name(why) << ": " << section;
  }
}

TEST(Why, SentencesAreShortAndEndInAFullStop) {
  for (const Why why : all_reasons()) {
    EXPECT_TRUE(text(why).ends_with('.')) << name(why) << ": " << text(why);
    EXPECT_LE(text(why).size(), 110U) << name(why) << ": " << text(why);
  }
}

TEST(Why, NoTwoReasonsShareASentence) {
  std::map<std::string_view, std::string_view> reasons;
  for (const Why why : all_reasons()) {
    const auto [found, added] = reasons.emplace(text(why), name(why));
    EXPECT_TRUE(added) << name(why) << " and " << found->second << ": " << text(why);
  }
}

TEST(Why, NamesAreThoseOfTheEnumerators) {
  EXPECT_EQ(name(Why::UserListen), "UserListen");
  EXPECT_EQ(name(Why::DropTcpChecksum), "DropTcpChecksum");
  EXPECT_EQ(rfc(Why::DropTcpChecksum), "9293 §3.1");
  EXPECT_EQ(text(Why::DropTcpChecksum), "The TCP checksum is wrong.");
}

}  // namespace
}  // namespace tunic
