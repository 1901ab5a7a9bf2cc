// What scripts set by `sysctl -w name=value`, and the profiles they are written for: names of two systems, one configuration.
//
// A table, not code: each name says which fields of Config it stands for. A name that is not in it is an error. It must not
// know stacks.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <tunic/config.hpp>

#include "script/script.hpp"

namespace tunic::script {

enum class Profile : std::uint8_t { Linux, Freebsd };

std::optional<Profile> profile_named(std::string_view name);
std::string_view to_string(Profile profile);
/// From the names of settings and the dialect that the script uses; Linux where nothing tells.
Profile guess_profile(const Script& script);
/// What a stack of this profile starts from.
Config base_config(Profile profile);

/// The error is a sentence: an unknown name, or a value that it cannot have.
std::expected<void, std::string> apply_setting(Config& config, std::string_view name, std::string_view value);
/// The settings that the Linux suite's defaults.sh makes.
std::expected<void, std::string> apply_linux_suite_defaults(Config& config);

}  // namespace tunic::script
