// Medians, ratios and goals of a benchmark, its table and its document; the steps of a plan.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/benchmark.hpp"
#include "bench/report.hpp"

namespace tunic::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Quantity kSent{Measurement::Send, Contestant::Tunic, "gbit_per_s"};
constexpr Quantity kSentByKernel{Measurement::Send, Contestant::Kernel, "gbit_per_s"};

Run sent(Contestant contestant, double rate, Disturbance disturbance = {}) {
  return {.measurement = Measurement::Send,
          .contestant = contestant,
          .metrics = {{"gbit_per_s", rate}, {"cpu_s_per_gb", 1 / rate}},
          .disturbance = disturbance};
}

Run failed_run(const std::string& error) {
  return {.measurement = Measurement::RoundTrip,
          .contestant = Contestant::Null,
          .metrics = {},
          .disturbance = {},
          .error = error};
}

Results results_of(const std::vector<Run>& runs) {
  Results results;
  for (const Run& run : runs) results.add(run);
  return results;
}

TEST(BenchResults, TheMedianIsTheValueInTheMiddle) {
  EXPECT_EQ(median_of({7}), 7);
  EXPECT_EQ(median_of({30, 1, 2}), 2);
  EXPECT_EQ(median_of({4, 1, 30, 2}), 3);
}

TEST(BenchResults, ADisturbedRunCountsOnlyWhereNoneIsQuiet) {
  const Disturbance some{.steal = 3.5, .foreign = 3};
  const auto mixed = results_of({sent(Contestant::Tunic, 10), sent(Contestant::Tunic, 1, some)}).median(kSent);
  ASSERT_TRUE(mixed);
  EXPECT_EQ(mixed->value, 10);
  EXPECT_EQ(mixed->runs, 1U);
  EXPECT_TRUE(mixed->quiet);
  const auto disturbed = results_of({sent(Contestant::Tunic, 1, some)}).median(kSent);
  ASSERT_TRUE(disturbed);
  EXPECT_EQ(disturbed->value, 1);
  EXPECT_FALSE(disturbed->quiet);
}

TEST(BenchResults, SixPercentAreNoDisturbanceYet) {
  const Disturbance just{.steal = 2, .foreign = 4};
  EXPECT_TRUE(results_of({sent(Contestant::Tunic, 1, just)}).median(kSent)->quiet);
}

TEST(BenchResults, WhatWasNotMeasuredHasNoMedianAndNoRatio) {
  EXPECT_FALSE(Results().median(kSent));
  const Results alone = results_of({sent(Contestant::Tunic, 10)});
  EXPECT_FALSE(alone.ratio(kSent, kSentByKernel));
  EXPECT_FALSE(results_of({sent(Contestant::Tunic, 10), sent(Contestant::Kernel, 0)}).ratio(kSent, kSentByKernel));
  EXPECT_TRUE(alone.verdicts().empty());
}

TEST(BenchResults, GoalsAreHeldAgainstTheRatioOfMedians) {
  const auto reached = [](double own, double kernel) {
    const Results results = results_of({sent(Contestant::Tunic, own), sent(Contestant::Kernel, kernel)});
    const auto verdicts = results.verdicts();
    EXPECT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts.front().goal->text, "send / kernel");
    EXPECT_DOUBLE_EQ(verdicts.front().value, own / kernel);
    return verdicts.front().reached;
  };
  EXPECT_TRUE(reached(19, 20));  // at least 0.95
  EXPECT_FALSE(reached(18.9, 20));
}

TEST(BenchResults, AGoalMayBeAnUpperBoundWithoutReference) {
  const auto failed = [](double count) {
    const Results results = results_of({{.measurement = Measurement::ConnectionsMany,
                                         .contestant = Contestant::Tunic,
                                         .metrics = {{"failed", count}}}});
    return results.verdicts().at(0);
  };
  EXPECT_TRUE(failed(0).reached);
  EXPECT_FALSE(failed(1).reached);
}

TEST(BenchTable, HasContestantsAndRatiosAsColumns) {
  const std::string text = table(results_of({sent(Contestant::Tunic, 19), sent(Contestant::Kernel, 20)}));
  EXPECT_EQ(text,
            "medians                              tunic        kernel  tunic/kernel    tunic/null    plain/null\n"
            "send, Gbit/s                         19.00         20.00          0.95             -             -\n"
            "  CPU s/GB                           0.053         0.050          1.05             -             -\n"
            "\n"
            "ok      send / kernel               at least 0.95: 0.95\n");
}

TEST(BenchTable, WarnsOfADisturbedMachineAndNamesWhatFailed) {
  const std::string text = table(results_of({sent(Contestant::Tunic, 19, {.steal = 7}), failed_run("no echo")}));
  EXPECT_THAT(text, HasSubstr("19.00*"));
  EXPECT_THAT(text, HasSubstr("Disturbed: in 1 of 2 runs"));
  EXPECT_THAT(text, HasSubstr("round-trip, null: no echo\n"));
  EXPECT_THAT(table(results_of({sent(Contestant::Tunic, 19)})), Not(HasSubstr("Disturbed")));
}

TEST(BenchDocument, HasEveryRunAndWhatFollowsFromThem) {
  const Results results = results_of(
      {sent(Contestant::Tunic, 19, {.steal = 7}), sent(Contestant::Tunic, 10), sent(Contestant::Kernel, 20)});
  const auto json =
      nlohmann::json::parse(document(results, {.version = "1", .kernel = "6", .seconds = 3, .rounds = 5}));
  EXPECT_EQ(json["rounds"], 5);
  ASSERT_EQ(json["runs"].size(), 3U);
  EXPECT_EQ(json["runs"][0]["measurement"], "send");
  EXPECT_EQ(json["runs"][0]["disturbed"], true);
  EXPECT_EQ(json["runs"][0]["metrics"]["gbit_per_s"], 19);
  ASSERT_EQ(json["medians"].size(), 4U);  // of two numbers for two contestants
  EXPECT_EQ(json["medians"][0]["contestant"], "tunic");
  EXPECT_EQ(json["medians"][0]["median"], 10);
  EXPECT_EQ(json["medians"][0]["ratios"]["kernel"], 0.5);
  EXPECT_EQ(json["goals"][0]["at_least"], 0.95);
  EXPECT_EQ(json["goals"][0]["reached"], false);
}

TEST(BenchPlan, AllContestantsTakeTheirTurnInEachRound) {
  const Plan plan{.measurements = {Measurement::Send, Measurement::SendMany},
                  .contestants = {Contestant::Tunic, Contestant::Kernel, Contestant::Null},
                  .rounds = 2,
                  .load = {}};
  std::vector<std::pair<unsigned, Contestant>> turns;
  for (const Step& step : steps_of(plan)) turns.emplace_back(step.round, step.contestant);
  using enum Contestant;
  const std::vector<std::pair<unsigned, Contestant>> expected{{1, Tunic},  {1, Kernel}, {1, Null},   {1, Tunic},
                                                              {1, Kernel}, {2, Tunic},  {2, Kernel}, {2, Null},
                                                              {2, Tunic},  {2, Kernel}};
  EXPECT_EQ(turns, expected);
}

TEST(BenchCatalog, NamesLeadBack) {
  for (const Measurement measurement : kMeasurements) EXPECT_EQ(measurement_named(name(measurement)), measurement);
  for (const Contestant contestant : kContestants) EXPECT_EQ(contestant_named(name(contestant)), contestant);
  EXPECT_FALSE(measurement_named("tunic"));
}

TEST(BenchCatalog, EachGoalIsAboutSomethingThatIsMeasured) {
  for (const Goal& goal : goals()) {
    const auto measured = [](const Quantity& quantity) {
      const auto is_it = [&](const Row& row) {
        return row.measurement == quantity.measurement && row.metric == quantity.metric;
      };
      return takes_part(quantity.contestant, quantity.measurement) && std::ranges::any_of(rows(), is_it);
    };
    EXPECT_TRUE(measured(goal.quantity)) << goal.text;
    EXPECT_TRUE(!goal.against || measured(*goal.against)) << goal.text;
  }
}

}  // namespace
}  // namespace tunic::bench
