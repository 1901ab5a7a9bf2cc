// The little language of code blocks.
#include "script/evaluator.hpp"

#include <gtest/gtest.h>

namespace tunic::script {
namespace {

std::optional<std::int64_t> lookup(std::string_view name) {
  if (name == "tcpi_snd_cwnd") return 10;
  if (name == "tcpi_options") return 7;
  return std::nullopt;
}

std::string outcome_of(std::string_view program) {
  Evaluator evaluator;
  const auto done = evaluator.run(program, lookup);
  return done ? "" : done.error();
}

TEST(Evaluator, HoldsWhatIsTrue) {
  for (const std::string_view program :
       {"assert tcpi_snd_cwnd == 10", "assert 5 < tcpi_snd_cwnd <= 10 != 11",
        "assert (tcpi_options & 4) != 0, tcpi_options", "assert tcpi_options & 4 != 0",
        "assert 1 + 2 * 3 == 7 and not 1 > 2", "assert 7 // 2 == 3; assert -7 // 2 == -4", "assert -7 % 3 == 2",
        "assert 1 << 4 == 16 or False", "assert abs(-3) == max(1, 3, 2) == 3", "assert ~0 == -1",
        "assert 0x10 == 16 # a comment", "assert tcpi_snd_cwnd \\\n  == 10", "assert (tcpi_snd_cwnd\n == 10)",
        "a = 1\na += 2\nassert a == 3"}) {
    EXPECT_EQ(outcome_of(program), "") << program;
  }
}

TEST(Evaluator, SaysWhatDoesNotHold) {
  EXPECT_EQ(outcome_of("assert tcpi_snd_cwnd == 11, 'window'"),
            "the assertion does not hold: tcpi_snd_cwnd == 11; tcpi_snd_cwnd is 10 (window)");
  EXPECT_EQ(outcome_of("assert tcpi_snd_cwnd == 11, 'cwnd=%d of %s, 5%%' % (tcpi_snd_cwnd, 'ten')"),
            "the assertion does not hold: tcpi_snd_cwnd == 11; tcpi_snd_cwnd is 10 (cwnd=10 of ten, 5%)");
  EXPECT_NE(outcome_of("assert 0, 'options %d' % tcpi_options").find("(options 7)"), std::string::npos);
  EXPECT_EQ(outcome_of("assert 0, '%d %d' % 1"), "the text wants more values than there are");
  EXPECT_NE(outcome_of("assert 1 < 3 < 2"), "");
  EXPECT_NE(outcome_of("assert not 1"), "");
  EXPECT_NE(outcome_of("a = 3; assert a == 4"), "");
}

TEST(Evaluator, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(outcome_of("assert nothing == 1"), "there is no value named 'nothing'");
  EXPECT_EQ(outcome_of("assert 1 / 0"), "division by zero");
  EXPECT_EQ(outcome_of("assert 1 / 2"), "'/' leaves a remainder, and there are no fractions: use '//'");
  EXPECT_EQ(outcome_of("a = 9223372036854775807 + 1"), "the result does not fit 64 bits");
  EXPECT_EQ(outcome_of("1 + 1"), "expected a statement: assert, print or an assignment");
  EXPECT_EQ(outcome_of("assert open('file') == 1"), "a text cannot be calculated with");
  EXPECT_EQ(outcome_of("assert (1"), "expected ')'");
  EXPECT_EQ(outcome_of("assert " + std::string(5000, '(')), "brackets are nested too deeply");
  EXPECT_EQ(outcome_of("assert 1 << 40"), "only 32 bits can be shifted, by at most 31");
}

TEST(Evaluator, KeepsVariablesAndWhatWasPrinted) {
  Evaluator evaluator;
  ASSERT_TRUE(evaluator.run("before = tcpi_snd_cwnd", lookup).has_value());
  ASSERT_TRUE(evaluator.run("print('cwnd', before); print(before + 1)", lookup).has_value());
  EXPECT_EQ(evaluator.printed(), "cwnd 10\n11\n");
}

}  // namespace
}  // namespace tunic::script
