// The words of each reason: a table made from the one list in <tunic/why.hpp>.
#include <array>

#include <tunic/why.hpp>

namespace tunic {

namespace {

struct Words {
  std::string_view name;
  std::string_view rfc;
  std::string_view text;
};

constexpr std::array<Words, kWhyCount> kWords{{
#define TUNIC_WHY_WORDS(name, rfc, text) {#name, rfc, text},
    TUNIC_WHY_LIST(TUNIC_WHY_WORDS)
#undef TUNIC_WHY_WORDS
}};

}  // namespace

std::string_view name(Why why) {
  return kWords[static_cast<std::size_t>(why)].name;
}
std::string_view rfc(Why why) {
  return kWords[static_cast<std::size_t>(why)].rfc;
}
std::string_view text(Why why) {
  return kWords[static_cast<std::size_t>(why)].text;
}

}  // namespace tunic
