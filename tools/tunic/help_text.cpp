// See help_text.hpp.
#include "help_text.hpp"

namespace tunic::command {
namespace {

constexpr const char* kExample = R"(Example: tunic serve http --dir . -- curl -sS http://10.9.0.2/

Tunic is a TCP/IP stack in user space over a Linux TUN device. It says why it sends what it sends.)";

constexpr const char* kServeExample =
    R"(Example: tunic serve http echo:7777 --dir . --trace -- curl -sS http://10.9.0.2/

Runs a stack with services on a TUN device in a private network of its own. With a command after --, the command runs on
the kernel's side of that network as soon as the services listen, and serve ends with it and returns its exit status.
Without one, serve runs until SIGINT or SIGTERM.)";

constexpr const char* kServeFooter =
    R"(Services: echo 7, discard 9, daytime 13, chargen 19, http 80 over TCP; udp-echo 7.
The stack is 10.9.0.2/24 unless --addr says otherwise; the kernel takes the first other host address (10.9.0.1).
A device for --tun is made with: ip tuntap add dev NAME mode tun multi_queue user $USER (its more queues are for floods).
With --json the last line sums up: connections open, TIME-WAIT, bytes queued, packets, drops by reason. Events go to stdout;
with a command, whose stdout is its own, to stderr; with --log FILE to that file.
Exit codes: the command's own; 0 ended by a signal; 2 wrong use; 3 the environment lacks something.)";

constexpr const char* kGetExample =
    R"(Example: tunic get http://10.9.0.1:8000/README.md -o copy.md -- python3 -m http.server

Runs a stack on a TUN device in a private network of its own and fetches a document with it. The command after -- is the
server, on the kernel's side of that network; it ends with get. A long download tells on stderr how far it is.)";

constexpr const char* kPingExample = R"(Example: tunic ping 10.9.0.1 -c 3 -s 1000

Runs a stack on a TUN device in a private network of its own and asks a host with it whether it answers (ICMP echo). Each
answer is a line: its octets, who sent it, the request's number, the time to live, the round-trip time; an ICMP error says
who sent it and what it means. The command after -- runs on the kernel's side of that network; it ends with ping.)";

constexpr const char* kPingFooter =
    R"(The stack is 10.9.0.2/24 unless --addr says otherwise; the kernel takes the first other host address (10.9.0.1).
With --json the answers and the summary are JSON lines on stdout. Events (--trace, --json) go to stderr, or with --log FILE
to that file. SIGINT ends the pinging; the summary comes all the same.
Exit codes: 0 at least one request was answered; 2 wrong use; 3 the environment lacks something; 4 none was answered.)";

constexpr const char* kNcExample = R"(Example: tunic nc 10.9.0.1 7000 -- nc -l -p 7000

Runs a stack on a TUN device in a private network of its own and connects to a peer, or waits for one (-l): what stands on
standard input is sent, what comes is written to standard output. The end of the input is told to the peer (FIN); nc ends
when both sides have ended, or, where a person types the input, when the peer has. With -u these are datagrams: one for each
read of the input (a line that a person types; of a file 65507 octets), and with -l to the first who sends one. Datagrams
have no end: -w ends nc when nothing came or went for so long. The command after -- runs on the kernel's side of that
network; it ends with nc, and a conversation in datagrams with it.)";

constexpr const char* kClientFooter =
    R"(The stack is 10.9.0.2/24 unless --addr says otherwise; the kernel takes the first other host address (10.9.0.1).
The command may take two seconds until it listens: a refused connection is tried again for so long. Its output goes to
stderr, as do events (--trace, --json) unless --log FILE takes them.
Exit codes: 0 done; 2 wrong use; 3 the environment lacks something; 4 the peer refused, failed or said an error;
128 and its number after a signal.)";

constexpr const char* kSsExample = R"(Example: tunic ss

Shows the sockets of the stacks that you run: of TCP state, queues, congestion window, round-trip time, retransmission
timeout and octets in flight; of UDP queues and the datagrams that did not fit; and what was dropped and why.)";

constexpr const char* kDoctorExample = R"(Example: tunic doctor

Checks what Tunic needs of this machine: kernel, TUN node, private networks, programs. Each check that fails has its fix.
Exit codes: 0 all is well, 3 something is missing.)";

constexpr const char* kDemoExample = R"(Example: tunic demo

Shows a first conversation, every segment beside its reason: the kernel's ping and curl talk to the stack over a TUN device
in a private network. With --in-memory two stacks talk to each other instead, which needs nothing of the machine.
Exit codes: 0 done, 3 the environment lacks something, 4 ping or curl failed.)";

constexpr const char* kDrillExample = R"(Example: tunic drill tests/script

Runs packet scripts (packetdrill's language) against a stack of their own, in virtual time: no TUN device, no privileges, no
waiting. Folders are searched for *.pkt. A script that fails tells its story: the lines so far, the expected segment, the
live one, and why the stack sent that. The last line of the output sums up.
Exit codes: 0 all passed, 1 a script failed, 2 wrong use, 3 the environment lacks something.)";

constexpr const char* kBenchExample = R"(Example: tunic bench --only send,receive --rounds 3

Measures how fast the stack is, and beside it, in turn and on the same machine, what the kernel's TCP does over a veth pair and
what a TUN device allows at all (a server that answers without any stack). Each run has private networks of its own, the
server on one processor and the client, which is the kernel's, on another. It prints the medians of all rounds, the ratios, and
which goals are reached; what all of it takes is said while it runs. The machine should have nothing else to do.)";

constexpr const char* kBenchFooter =
    R"(Measurements: send, receive, send-8, receive-8 (the server sends or receives bulk in one or eight streams), round-trip (one
octet there and back), connections, connections-64 (connection, request, answer, close: one after the other, 64 at once),
crowd (the same 64 beside idle connections and TIME-WAIT entries; the memory of an idle connection). In memory, two stacks in
one process without any device: pair (one stream of wire segments), beside (what a segment costs one busy connection alone and
beside idle ones, and spread over all of them), endpoints (memory, set-up and tear-down of very many).
Contestants: tunic, tunic-plain (--offload off), tunic-spinning (--busy-poll), kernel, null, null-plain, null-spinning (never waits).
The parts one by one (checksum, demultiplexer, timing wheel, a segment in and out) are measured by a program of their own,
tools/bench/micro_benchmarks in the build directory.
A run in which other processes or the hypervisor took more than 6 % of the machine is repeated, and left out if it is so again.
Exit codes: 0 done; 2 wrong use; 3 the environment lacks something: then only what happens in memory is measured; 4 a run
failed, and why is said below the table; 128 and its number after a signal: what was measured until then is printed.)";

constexpr const char* kFixtureExample =
    R"(Example: tunic fixture record get.pcap --server 'python3 -m http.server 80' --client 'curl -s http://10.9.0.2/'

Makes captures that serve as tests, and works on those that are there.)";

constexpr const char* kInfoExample = R"(Example: tunic fixture info pcap-fixtures/one-loss.pcap

Tells on one screen who talks to whom, what the handshake agreed on, what was lost and sent again, and why one would think so.
Exit codes: 0 done, 2 a file cannot be used.)";

constexpr const char* kShrinkExample = R"(Example: tunic fixture shrink failing.pcap

Leaves frames, and calls of the sidecar, out of a capture that does not replay as it was recorded, as long as it fails in the
same way, and writes what is left.
Exit codes: 0 done; 2 wrong use, or the capture does not fail; 3 a file cannot be written.)";

constexpr const char* kToScriptExample = R"(Example: tunic fixture to-script pcap-fixtures/one-loss.pcap -o one-loss.pkt

Turns a connection into a packet script: what reached the host arrives, what it sent is expected, its program's calls are made.
The script is for tunic drill --profile linux.
Exit codes: 0 done, 2 the capture is no such connection, 3 the file cannot be written.)";

constexpr const char* kRecordExample =
    R"(Example: tunic fixture record lost.pcap --delay 10ms --do 'drop 2nd data segment of the server' \
           --server 'python3 -m http.server 80' --client 'curl -s http://10.9.0.2/README.md'

Records two programs of this machine that talk to each other, each over a kernel in a private network of its own, through a
link as bad as asked for. The capture is what passes beside one of the hosts: what it sends, before the link loses it, and
what reaches it. The sidecar says where it comes from and how it is replayed, with the calls of that host's program.
With --server-stack tunic (or --client-stack) a program brings its own TCP/IP. Commands of tunic find their device and
address by themselves: --server-stack tunic --server 'tunic serve http --dir .')";

constexpr const char* kRecordFooter =
    R"(Rules: ACTION [ORDINAL | every] KIND [of the client | of the server] and, after hold, 'behind N' (later packets), after
delay 'by TIME', after every 'from ORDINAL'. Actions: drop duplicate hold delay corrupt mark (CE instead of ECT). Kinds: SYN
SYN-ACK FIN RST ACK (without data), data segment (new data), retransmission, segment. Without an ordinal the first is meant.
Kernels get fixed settings (buffers that do not tune themselves, CUBIC) so that a recording can be repeated; --sysctl
changes them. The calls of their programs are traced with strace; those of a program with Tunic in it are left to be inferred.
Such a program is in a network with a device of the name in TUNIC_TUN, is to have the address in TUNIC_ADDR, and does without
offloads (TUNIC_OFFLOAD): defaults of --tun, --addr and --offload.
Exit codes: 0 recorded; 2 wrong use; 3 the environment lacks something; 4 a program failed or did not end.)";

constexpr const char* kReplayExample = R"(Example: tunic replay bug.pcap --local 10.9.0.2 --level strict

Puts the stack in the place of one recorded host, in virtual time: what reached that host arrives at the recorded times, its
application makes the recorded calls, and what the stack sends is compared with what that host sent. At the first difference
the conversation so far is shown, recorded and live side by side, with the stack's reason. No TUN device, no privileges.)";

constexpr const char* kReplayFooter =
    R"(Levels: strict: the same segments at the same times (within 4 ms, or an eighth of the time since something came from
outside): flags, numbers, lengths, options, windows. semantic: the same, but borders of segments, windows, PSH and which
acknowledgments stand alone are free. outcome: the same octets both ways, the same end.
With --mode converse two stacks make the calls of both applications on a link without losses: the outcome is compared.
Beside NAME.pcap may lie NAME.json, the sidecar: who is replayed, at which level, with which settings and calls of the
application. Calls that it does not give are inferred and printed. Captures: pcap and pcapng; raw IP, Ethernet with VLAN tags,
Linux cooked; each connection with its SYN. At most 64 MiB and 250000 packets are kept; --flow reads one conversation of
a larger file. With NAME.golden beside it, what the stack sends must be what stands there.
Exit codes: 0 all the same, 1 something differs or cannot be read, 2 wrong use, 3 the environment lacks something.)";

}  // namespace

const char* help_example(std::string_view command) {
  return command == "serve"       ? kServeExample
         : command == "get"       ? kGetExample
         : command == "nc"        ? kNcExample
         : command == "ping"      ? kPingExample
         : command == "ss"        ? kSsExample
         : command == "doctor"    ? kDoctorExample
         : command == "demo"      ? kDemoExample
         : command == "drill"     ? kDrillExample
         : command == "bench"     ? kBenchExample
         : command == "fixture"   ? kFixtureExample
         : command == "record"    ? kRecordExample
         : command == "replay"    ? kReplayExample
         : command == "info"      ? kInfoExample
         : command == "shrink"    ? kShrinkExample
         : command == "to-script" ? kToScriptExample
                                  : kExample;
}

const char* help_footer(std::string_view command) {
  return command == "serve"                    ? kServeFooter
         : command == "replay"                 ? kReplayFooter
         : command == "ping"                   ? kPingFooter
         : command == "record"                 ? kRecordFooter
         : command == "get" || command == "nc" ? kClientFooter
         : command == "bench"                  ? kBenchFooter
                                               : "";
}

}  // namespace tunic::command
