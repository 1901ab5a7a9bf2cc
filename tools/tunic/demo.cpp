// See demo.hpp. The conversation over a TUN device is `tunic serve http --trace` with a small script as its command.
#include "demo.hpp"

#include "demo_page.hpp"
#include "serve.hpp"

namespace tunic::command {
namespace {

/// The trace goes to the same stdout, so that each line stands where it happened.
constexpr const char* kScript = R"(
  echo "== The kernel pings the stack: ping -c 2 $1"
  ping -n -c 2 -i 0.2 -W 5 "$1" || exit 4
  echo
  echo "== The kernel fetches a page from it: curl http://$1/$2"
  curl -sS --max-time 10 "http://$1/$2" || exit 4
)";

}  // namespace

int run_demo(const DemoOptions& options) {
  if (options.in_memory) return run_demo_in_memory();
  const DemoPage page;
  const ServeOptions serve{
      .services = {*services::parse_service("http")},
      .folder = page.folder(),
      .stack = {.log = LogFormat::Text,
                .command = {"sh", "-c", kScript, "demo", kDefaultAddress.address.to_string(), DemoPage::kName}}};
  return run_serve(serve);
}

}  // namespace tunic::command
