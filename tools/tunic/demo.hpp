// `tunic demo`: a first conversation, annotated. Over a TUN device the kernel's ping and curl talk to the stack; in memory two
// stacks talk to each other.
#pragma once

namespace tunic::command {

struct DemoOptions {
  bool in_memory = false;
};

int run_demo(const DemoOptions& options);

/// Two stacks over a link in virtual time: needs nothing of the machine.
int run_demo_in_memory();

}  // namespace tunic::command
