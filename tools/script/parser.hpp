// From the text of a script to its events.
//
//     script := {'--' name ['=' value]} [command] {event} [command]
//     event  := time ('<' packet | '>' packet | call | command | code)
//     time   := N | '+' N | '*' | N '~' N | '+' N '~' '+' N                 in seconds; a call may add '...' N
//     packet := segment | 'icmp' type [code] ['mtu' N] [quote] | head 'udp' '(' N ')'
//     call   := name '(' [value {',' value}] ')' '=' value [ERRNO] ['(' note ')']
//     command := '`' text '`'          code := '%{' text '}%'
//
//     quote  := '[' (N ':' N '(' N ')' | 'udp' '(' N ')') ']'
//
// The grammar of a segment and of its head (IP fields, ports) is that of text/notation.hpp. It must not know what any name means.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "script/script.hpp"

namespace tunic::script {

/// `file` is for messages only.
std::expected<Script, ScriptError> parse_script(std::string file, std::string_view text,
                                                const Definitions& definitions = {});

}  // namespace tunic::script
