// Scripts with one wrong expectation each, made from scripts that are right: a runner that lets one pass is not honest.
//
// A change that the matching rules do not see is no mutant: the number of a first SYN, what a timestamp says, a packet of a
// conversation that no later expectation is about. It must not know how scripts are run.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "script/script.hpp"

namespace tunic::script {

enum class MutantKind : std::uint8_t { Field, Result, Removed, Added, Time };
inline constexpr std::array kMutantKinds{MutantKind::Field, MutantKind::Result, MutantKind::Removed, MutantKind::Added,
                                         MutantKind::Time};
std::string_view to_string(MutantKind kind);

struct Mutant {
  MutantKind kind;
  Place place;
  std::string what;  ///< "window + 1"
  std::function<void(Script&)> apply;
};

/// `tolerance` is that of the script: a mutant's time differs by more.
std::vector<Mutant> mutants_of(const Script& script, Duration tolerance);

}  // namespace tunic::script
