// Why the stack did what it did: the closed list of reasons, each with the RFC section that says so and one sentence.
//
// Every segment sent, every packet dropped, every state change, every reason not to send and every call carries one of
// these. To add a decision, add a line here, use it where the decision is taken, and add a scenario that produces it
// (tests/unit/tcp, tests/sim): a test fails for a reason that nothing produces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tunic {

// clang-format off
#define TUNIC_WHY_LIST(X)                                                                                              \
  /* What the application asked for. */                                                                                \
  X(UserListen,            "9293 §3.9.1.1",    "The application opened the port for passive connections.")             \
  X(UserConnect,           "9293 §3.10.1",     "The application asked for an active open.")                            \
  X(UserAccept,            "9293 §3.9.1.1",    "The application took an established connection from the accept queue.") \
  X(UserSend,              "9293 §3.10.2",     "The application gave data to send.")                                   \
  X(UserReceive,           "9293 §3.10.3",     "The application took received data.")                                  \
  X(UserShutdown,          "9293 §3.10.4",     "The application has no more data to send.")                            \
  X(UserClose,             "9293 §3.10.4",     "The application closed the connection.")                               \
  X(UserAbort,             "9293 §3.10.5",     "The application aborted the connection.")                              \
  X(UserBind,              "1122 §4.1.4",      "The application opened a port for datagrams.")                         \
  X(CloseWithUnreadData,   "9293 §3.6.1",      "Received data would be lost by this close, so the peer is told with a RST.") \
  X(DataAfterClose,        "9293 §3.6.1",      "New data arrived after the application closed: nobody will read it, so reset.") \
  /* Why a segment is sent. */                                                                                         \
  X(ActiveOpen,            "9293 §3.10.1",     "First segment of an active open: announces the initial sequence number and options.") \
  X(FastOpenData,          "7413 §4.2.2",      "The server's cookie is at hand: the SYN carries it, and the first data with it.") \
  X(PassiveOpenReply,      "9293 §3.10.7.2",   "A SYN reached a listener: acknowledge it and announce our own sequence number.") \
  X(FastOpenReply,         "7413 §4.2.2",      "The SYN showed a good cookie: it is acknowledged with its data, which the application has already.") \
  X(FastOpenGrant,         "7413 §4.1.2",      "The client asked for a Fast Open cookie, or showed one that is none: the SYN-ACK brings a good one.") \
  X(SynCookie,             "4987 §3.6",        "The SYN queue is full: the SYN-ACK's own numbers say what would have been remembered.") \
  X(SimultaneousOpenReply, "9293 §3.10.7.3",   "A SYN crossed ours: acknowledge it with our own SYN again.")           \
  X(SynRetransmit,         "9293 §3.8.1",      "The SYN was not answered within the retransmission timeout.")          \
  X(SynAckRetransmit,      "9293 §3.8.1",      "The SYN-ACK was not acknowledged within the retransmission timeout.")  \
  X(HandshakeAck,          "9293 §3.10.7.3",   "Acknowledges the peer's SYN-ACK: the connection is established.")      \
  X(NewData,               "9293 §3.8.6",      "New data fits the peer's window and the congestion window.")           \
  X(LastBufferedData,      "9293 §3.9.1.2",    "The last buffered data: PSH tells the peer not to wait for more.")     \
  X(LimitedTransmit,       "3042 §2",          "A duplicate ACK says that a segment left the network: send a new one to keep the ACKs coming.") \
  X(FastRetransmit,        "6675 §5",          "Enough later data was acknowledged: this segment is taken for lost and resent at once.") \
  X(PartialAckRetransmit,  "6582 §3.2",        "A partial acknowledgment shows the next hole of the same loss episode.") \
  X(RescueRetransmit,      "6675 §4",          "Nothing else may be sent in recovery: resend the highest data once to keep the ACKs coming.") \
  X(LossProbe,             "8985 §7.3",        "No acknowledgment came for two round trips: new data, or the last segment again, calls for one.") \
  X(TimeoutRetransmit,     "6298 §5.4",        "The retransmission timer expired: resend the earliest unacknowledged data.") \
  X(LossRetransmit,        "5681 §4.3",        "Data outstanding at the timeout is taken for lost and resent in slow start.") \
  X(PathMtuRetransmit,     "1191 §6.4",        "A link on the path does not carry it: sent again in smaller pieces, at once.") \
  X(FinSent,               "9293 §3.10.4",     "All data is sent and the application closed: FIN ends our direction.") \
  X(FinRetransmit,         "6298 §5.4",        "The FIN was not acknowledged within the retransmission timeout.")      \
  X(WindowProbe,           "9293 §3.8.6.1",    "The peer's window is closed: one octet asks whether it has opened.")   \
  X(KeepAliveProbe,        "9293 §3.8.4",      "Nothing was heard for a long time: an old number asks whether the peer is still there.") \
  X(DelayedAckTimeout,     "9293 §3.8.6.3",    "Nothing to send came up in time to carry the delayed acknowledgment.") \
  X(AckEverySecond,        "5681 §4.2",        "Two full-sized segments have arrived since the last acknowledgment.")  \
  X(QuickAck,              "5681 §4.2",        "Early in the connection every segment is acknowledged, to help the peer's slow start.") \
  X(AckAskedFor,           "9293 §3.8.6.3",    "The application does not want acknowledgments to wait for its answer.") \
  X(AckPushed,             "9293 §3.8.6.3",    "The segment ended what the peer had to send; it is acknowledged without delay.") \
  X(AckOutOfOrder,         "5681 §4.2",        "A segment beyond a hole owes an immediate duplicate acknowledgment.")  \
  X(AckFillsGap,           "5681 §4.2",        "A segment that fills a hole is acknowledged at once.")                 \
  X(AckDuplicate,          "2883 §4",          "Part of the segment came before: the sender is told at once which part.") \
  X(AckFin,                "9293 §3.10.7.4",   "Acknowledges the peer's FIN.")                                         \
  X(AckRepeatsFin,         "9293 §3.10.7.4",  "Acknowledges, and repeats our FIN that nobody has acknowledged yet, as BSD does.") \
  X(AckUnacceptable,       "9293 §3.10.7.4",   "The segment lies outside the receive window: answer with the current numbers.") \
  X(AckOfUnsentData,       "9293 §3.10.7.4",   "The peer acknowledges what was never sent: answer with the current numbers.") \
  X(UrgentPointer,         "9293 §3.8.5",      "The peer has no room for the urgent data: the pointer to it goes ahead.") \
  X(WindowUpdate,          "9293 §3.8.6.2.2",  "The application made room: the window opens by enough to be worth telling.") \
  X(ChallengeAckRst,       "5961 §3.2",        "A RST in the window but not at RCV.NXT: the true peer will answer with an exact one.") \
  X(ChallengeAckSyn,       "5961 §4.2",        "A SYN on a synchronized connection: the true peer, if restarted, will answer with RST.") \
  X(ChallengeAckData,      "5961 §5.2",        "The acknowledgment is older than any window allows: the segment may be forged.") \
  X(PawsAck,               "7323 §5.3",        "The timestamp is older than the last one: an old duplicate, answered with the current numbers.") \
  X(ResetOnAbort,          "9293 §3.10.5",     "The application aborted: tell the peer with a RST.")                   \
  X(ResetOnGivingUp,       "9293 §3.8.3",      "This side gives up: a peer that is there after all is told so.")        \
  X(ResetOnSyn,            "9293 §3.10.7.4",   "A SYN in the window of a synchronized connection; this host is set to end it, as older stacks did.") \
  X(ResetNoConnection,     "9293 §3.10.7.1",   "No connection and no listener has these addresses and ports.")         \
  X(ResetBadAckInListen,   "9293 §3.10.7.2",   "A listener has sent nothing that could be acknowledged.")              \
  X(ResetBadAckInHandshake,"9293 §3.10.7.3",   "The acknowledgment is not for our SYN: an old duplicate or a half-open peer.") \
  X(TimeWaitAck,           "9293 §3.10.7.4",   "A segment reached a connection in TIME-WAIT: acknowledge it again.")   \
  X(IcmpEchoReply,         "1122 §3.2.2.6",    "Every host answers an echo request with the same data.")               \
  X(IcmpPortUnreachable,   "1122 §3.2.2.1",    "No endpoint is bound to the destination port.")                        \
  X(IcmpProtocolUnreachable, "1122 §3.2.2.1",  "This host does not speak the datagram's protocol.")                    \
  X(IcmpReassemblyTimeExceeded, "1122 §3.3.2",      "The rest of a datagram did not arrive in time: its sender is told.") \
  X(FragmentSent,          "791 §3.2",         "The datagram is longer than the path carries: it travels in fragments.") \
  X(EchoRequestSent,       "1122 §3.2.2.6",    "The application asks whether a host answers.")                         \
  X(DatagramSent,          "768",              "The application sent a datagram.")                                     \
  /* Why nothing is sent now. */                                                                                       \
  X(HoldFirstData,         "7413 §4.2.2",       "There is a cookie for this server: the SYN waits for data that it can carry.") \
  X(HoldPeerWindow,        "9293 §3.8.6",      "The peer's window has no room for more.")                              \
  X(HoldCongestionWindow,  "5681 §3.1",        "As much is in flight as the congestion window allows.")                \
  X(HoldNagle,             "9293 §3.7.4",      "A small segment waits until the small one before it is acknowledged.") \
  X(HoldCork,              "9293 §3.9.1.2",    "The application has more to say: a segment that is not full waits for it.") \
  X(HoldSillyWindow,       "9293 §3.8.6.2.1",  "The usable window is too small a part of the largest one seen to be worth a segment.") \
  X(HoldMemory,            "9293 §3.9.1.2",    "Packet memory is used up: the application's data can't be taken now.") \
  X(HoldDelayedAck,        "9293 §3.8.6.3",    "The acknowledgment waits for a second segment or for data to carry it.") \
  X(HoldWindowUpdate,      "9293 §3.8.6.2.2",  "The window could open by too little to be worth telling.")             \
  X(HoldChallengeLimit,    "5961 §7",          "Enough challenge ACKs were sent this second.")                         \
  X(HoldDuplicateAckLimit, "5961 §7",          "Enough answers to unacceptable segments were sent this second.")       \
  X(HoldResetLimit,        "9293 §3.10.7.1",   "Enough RSTs without a connection were sent this second.")              \
  X(HoldFastOpenLimit,     "7413 §5.1",        "Enough connections wait without a handshake: this one needs the usual one.") \
  X(HoldIcmpLimit,         "1812 §4.3.2.8",    "Enough ICMP messages were sent this second.")                          \
  /* Why an arriving segment is taken. */                                                                              \
  X(SegmentSyn,            "9293 §3.10.7.2",   "A SYN for a listening port.")                                          \
  X(SegmentFastOpen,       "7413 §4.2.1",      "A SYN with a good Fast Open cookie: its data counts before the handshake is complete.") \
  X(SegmentSynAck,         "9293 §3.10.7.3",   "The answer to our SYN.")                                               \
  X(SegmentHandshakeAck,   "9293 §3.10.7.4",   "Acknowledges our SYN-ACK.")                                            \
  X(SegmentInOrder,        "9293 §3.10.7.4",   "The next data in sequence.")                                           \
  X(SegmentOutOfOrder,     "9293 §3.10.7.4",   "Data beyond a hole: held until the hole is filled.")                   \
  X(SegmentDuplicate,      "9293 §3.10.7.4",   "Data that was received before.")                                       \
  X(SegmentAck,            "9293 §3.10.7.4",   "Acknowledges new data.")                                               \
  X(SegmentDuplicateAck,   "5681 §2",          "Acknowledges the same data again: something later arrived at the peer.") \
  X(SegmentOldAck,         "9293 §3.10.7.4",   "Acknowledges what was acknowledged before.")                           \
  X(SegmentWindow,         "9293 §3.10.7.4",   "Brings a new send window.")                                            \
  X(SegmentUrgent,         "9293 §3.8.5",      "Announces urgent data: the application is told.")                      \
  X(SegmentFin,            "9293 §3.10.7.4",   "The peer has no more data to send.")                                   \
  X(SegmentRst,            "9293 §3.10.7.4",   "A RST at exactly the expected sequence number ends the connection.")   \
  X(SegmentEcho,           "1122 §3.2.2.6",    "An echo request for this host.")                                       \
  X(EchoReplyReceived,     "1122 §3.2.2.6",    "The answer to an echo request of ours: passed to who asked.")          \
  X(FragmentHeld,          "791 §3.2",         "A part of a datagram: held until the rest has arrived.")               \
  X(DatagramReceived,      "768",              "A datagram for an open port: the socket has it.")                      \
  X(SegmentIcmpError,      "1122 §3.2.2.1",    "An ICMP error about a segment or a datagram of ours: passed to its socket.") \
  X(PathMtuLowered,        "1191 §3",          "A router could not forward a packet of ours: the path is narrower than was thought.") \
  /* Why an arriving packet or segment is dropped. */                                                                  \
  X(DropTruncated,         "791 §3.1",         "The packet is shorter than its headers say.")                          \
  X(DropIpVersion,         "1122 §3.2.1.1",    "Not IP version 4.")                                                    \
  X(DropIpHeaderLength,    "791 §3.1",         "The header length is below 20 or beyond the packet.")                  \
  X(DropIpTotalLength,     "791 §3.1",         "The total length is below the header or beyond the packet.")           \
  X(DropIpChecksum,        "1122 §3.2.1.2",    "The header checksum is wrong.")                                        \
  X(DropIpDestination,     "1122 §3.2.1.3",    "Not an address of this host.")                                         \
  X(DropIpSource,          "1122 §3.2.1.3",    "The source address can't be one of a host on this interface.")         \
  X(DropIpSourceRoute,     "7126 §4.3",        "Source-routed packets are not accepted.")                              \
  X(DropFragmentLength,    "791 §3.2",         "A fragment that is empty, or not the last one and no multiple of 8 octets long.") \
  X(DropFragmentTooLong,   "791 §3.1",         "The datagram would be longer than 65,535 octets.")                     \
  X(DropFragmentTiny,      "1858 §3",          "The TCP header would be spread over fragments, to hide it from filters.") \
  X(DropFragmentDuplicate, "791 §3.2",         "The same octets arrived before.")                                      \
  X(DropFragmentOverlap,   "5722 §4",          "Fragments that overlap, or disagree about the end: the datagram is discarded as a whole.") \
  X(DropFragmentDiscarded, "5722 §4",          "A fragment of a datagram that was discarded.")                         \
  X(DropFragmentEcn,       "3168 §5.3",        "Some fragments are marked and others do not know of marks: the datagram is discarded.") \
  X(DropFragmentsTimedOut, "1122 §3.3.2",      "The rest of the datagram did not arrive in time.")                     \
  X(DropFragmentsEvicted,  "1122 §3.3.2",       "The oldest incomplete datagram makes room for fragments that arrive.") \
  X(DropIpProtocol,        "1122 §3.2.2.1",    "No such protocol here.")                                               \
  X(DropIcmpTruncated,     "792",              "The ICMP message is shorter than its fixed part.")                     \
  X(DropIcmpChecksum,      "792",              "The ICMP checksum is wrong.")                                          \
  X(DropIcmpType,          "1122 §3.2.2",      "An ICMP type that this host has no use for.")                          \
  X(DropIcmpQuote,         "5927 §4.1",        "The ICMP error quotes nothing that is in flight here.")                \
  X(DropPathMtu,           "1191 §3",          "A report of a path that is no narrower than was known, or narrower than any.") \
  X(DropEchoToBroadcast,   "1122 §3.2.2.6",    "An echo request to a broadcast address is not answered.")              \
  X(DropEchoReply,         "1122 §3.2.2.6",    "An echo reply with an identifier that nobody here asks with.")         \
  X(DropEchoQueueFull,     "1122 §3.2.2.6",    "The socket has no room for another answer: its application does not read them fast enough.") \
  X(DropUdpNoPort,         "1122 §4.1.3.1",    "Nobody here receives datagrams for that port.")                       \
  X(DropUdpTruncated,      "768",              "The UDP length is below 8 or beyond the packet.")                      \
  X(DropUdpChecksum,       "768",              "The UDP checksum is wrong.")                                           \
  X(DropUdpPortZero,       "6335 §6",          "Port 0 is reserved: nobody receives datagrams there.")                 \
  X(DropUdpQueueFull,      "768",              "The socket has no room for another datagram: its application does not read them fast enough.") \
  X(DropTcpTruncated,      "9293 §3.1",        "The segment is shorter than its header says.")                         \
  X(DropTcpOffset,         "9293 §3.1",        "The data offset is below 5 or beyond the segment.")                    \
  X(DropTcpChecksum,       "9293 §3.1",        "The TCP checksum is wrong.")                                           \
  X(DropTcpBroadcast,      "9293 §3.9.2.3",    "TCP speaks to single hosts only: a broadcast or multicast address is ignored.") \
  X(DropTcpPortZero,       "6335 §6",          "Port 0 is reserved: no endpoint has it.")                              \
  X(DropNoConnection,      "9293 §3.10.7.1",   "A RST for a connection that does not exist.")                          \
  X(DropBlackhole,         "9293 §3.10.7.1",  "This host is set not to answer for closed ports.") \
  X(DropRstInListen,       "9293 §3.10.7.2",   "A RST can't concern a listener.")                                      \
  X(DropSynFin,            "9293 §3.10.7.2",   "SYN and FIN together open nothing.")                                   \
  X(DropNotSyn,            "9293 §3.10.7.2",   "A listener has use for a SYN only.")                                   \
  X(DropRstInSynSent,      "9293 §3.10.7.3",   "A RST that does not acknowledge our SYN may be forged.")               \
  X(DropNeitherSynNorRst,  "9293 §3.10.7.3",   "In SYN-SENT a segment without SYN and RST means nothing.")             \
  X(DropUnacceptable,      "9293 §3.10.7.4",   "The segment lies outside the receive window.")                         \
  X(DropRstOutOfWindow,    "5961 §3.2",        "A RST outside the window is ignored.")                                 \
  X(DropRstNotExact,       "5961 §3.2",        "A RST in the window but not at RCV.NXT is not believed.")              \
  X(DropSynInConnection,   "5961 §4.2",        "A SYN on a synchronized connection is not believed.")                  \
  X(DropNoAck,             "9293 §3.10.7.4",   "A segment without ACK on a synchronized connection.")                  \
  X(DropAckUnsent,         "9293 §3.10.7.4",   "It acknowledges what was never sent.")                                 \
  X(DropAckTooOld,         "5961 §5.2",        "The acknowledgment is older than any window allows.")                  \
  X(DropPaws,              "7323 §5.3",        "The timestamp is older than the last one: an old duplicate.")          \
  X(DropNoTimestamp,       "7323 §3.2",        "Timestamps were agreed on and the segment has none.")                  \
  X(DropSynQueueFull,      "4987 §3",          "The listener's SYN queue is full.")                                    \
  X(DropBadCookie,         "4987 §3.6",        "SYN cookies were handed out lately, and the acknowledgment shows none of them.") \
  X(DropAcceptQueueFull,   "4987 §3",          "The listener's accept queue is full: the peer will try again.")        \
  X(DropReassemblyFull,    "9293 §3.8.6",      "No room to hold data beyond a hole.")                                  \
  X(DropReneged,           "2018 §8",          "Packet memory ran short: data beyond a hole was given up, which the peer still has.") \
  X(DropConnectionsFull,   "9293 §3.9.1",      "This host has as many connections as it may have: the peer will try again.") \
  X(DropStranger,          "4987 §3",           "More arrives than this host can take: who sends something of use to a connection or a socket comes first.") \
  X(DropNoMemory,          "9293 §3.8.6",      "Packet memory ran short: what arrived would take more of it.")         \
  X(DropTimeWaitRst,       "1337 §3",          "A RST must not cut TIME-WAIT short.")                                  \
  X(DropTimeWaitSegment,   "9293 §3.10.7.4",   "Nothing in TIME-WAIT needs this segment.")                             \
  X(DropQueueFull,         "1122 §3.3.1.2",    "An output queue of the stack is full.")                                \
  /* Why the state changed. */                                                                                         \
  X(SynReceived,           "9293 §3.10.7.2",   "A SYN was received and answered.")                                     \
  X(SynCrossed,            "9293 §3.10.7.3",   "A SYN crossed ours: simultaneous open.")                               \
  X(OpenAcknowledged,      "9293 §3.10.7.3",   "Our SYN was acknowledged and the peer's SYN received.")                \
  X(HandshakeComplete,     "9293 §3.10.7.4",   "The peer acknowledged our SYN-ACK.")                                   \
  X(FinAcknowledged,       "9293 §3.10.7.4",   "The peer acknowledged our FIN.")                                       \
  X(FinReceived,           "9293 §3.10.7.4",   "All data up to the peer's FIN has arrived.")                           \
  X(BothFinished,          "9293 §3.6",        "Both directions are finished.")                                        \
  X(ConnectionRefused,     "9293 §3.10.7.3",   "The peer refused the connection with a RST.")                          \
  X(ConnectionReset,       "9293 §3.10.7.4",   "The peer reset the connection.")                                       \
  X(HandshakeReset,        "9293 §3.10.7.4",   "The peer took its SYN back with a RST.")                               \
  X(TimeWaitOver,          "9293 §3.10.8",     "Twice the maximum segment lifetime has passed.")                       \
  X(TimeWaitRestart,       "9293 §3.10.7.4",   "The peer repeated its FIN: TIME-WAIT begins again.")                   \
  X(TimeWaitReused,        "9293 §3.6.1",      "A new SYN above the old numbers opens the connection again.")          \
  X(TimeWaitResumed,       "9293 §3.6.1",     "The SYN that reopened the connection was an old duplicate: back to TIME-WAIT.") \
  X(TimeWaitRecycled,      "9293 §3.6.1",      "The oldest TIME-WAIT record made room for a new one.")                 \
  X(TimeWaitSkipped,       "9293 §3.6.1",     "Nothing stays on the way inside one host, which is set not to wait for it.") \
  X(HandshakeTimedOut,     "9293 §3.8.3",      "The handshake was not completed in time.")                             \
  X(RetransmissionsUsedUp, "9293 §3.8.3",      "R2: the peer has not acknowledged for too long.")                      \
  X(UserTimeout,           "9293 §3.10.8",     "What was to be delivered made no progress for as long as the application allows.") \
  X(KeepAliveUnanswered,   "9293 §3.8.4",      "No keep-alive probe was answered: the peer is gone.")                  \
  X(TooManyOrphans,        "9293 §3.6",        "Nobody owns the connection any more, and as many of that kind as may be are there.") \
  X(OrphanTimedOut,        "9293 §3.6",        "Nobody owns the connection any more and the peer does not finish.")    \
  X(OrphanGivenUp,         "6429",             "Packet memory ran short: a connection that nobody owns any more gave way.") \
  X(UnreachableInHandshake,"5461 §3.1",        "ICMP reported the destination unreachable while the connection was being opened.") \
  /* Why a timer was set off. */                                                                                       \
  X(RetransmissionTimeout, "6298 §5",          "No acknowledgment within the retransmission timeout: back off and resend.") \
  X(LossProbeTimeout,      "8985 §7.3",        "No acknowledgment came for two round trips: a probe asks for one before the retransmission timeout.") \
  X(ReorderingTimeout,     "8985 §6.2",        "Later data has arrived, and what was sent before it had time enough to be reordered: it is lost.") \
  X(PersistTimeout,        "9293 §3.8.6.1",    "The window stayed closed for the probe interval.")                     \
  X(KeepAliveDue,          "9293 §3.8.4",      "Nothing was outstanding and nothing was heard for the keep-alive time.") \
  X(DeliveryTrouble,       "9293 §3.8.3",      "R1: sent so often without an acknowledgment that the application may want to know.") \
  X(CorkTimeout,           "9293 §3.9.1.2",    "What waited for more to be written has waited long enough.")          \
  X(DelayedAckDue,         "9293 §3.8.6.3",    "The delayed acknowledgment may wait no longer.")                       \
  /* Why the congestion window is what it was before. */                                                               \
  X(LossWasLate,           "4015 §3.2",        "What was taken for lost had only been late: timestamps or D-SACKs tell.") \
  X(TimeoutWasSpurious,    "5682 §2.1",        "After the timeout something was acknowledged that had been sent once only: it was not lost, but late.") \
  /* What happens on the way (link emulation). */                                                                      \
  X(LinkDrop,              "2544 §26.3",       "The emulated link lost the packet.")                                   \
  X(LinkDuplicate,         "791 §2.1",         "The emulated link delivered the packet twice.")                        \
  X(LinkReorder,           "791 §2.1",         "The emulated link held the packet back behind later ones.")            \
  X(LinkCorrupt,           "791 §2.1",         "The emulated link changed bits of the packet.")                        \
  X(LinkMark,              "3168 §5",          "The emulated link was congested and marked the packet instead of losing it.") \
  X(LinkQueueFull,         "791 §2.1",         "The emulated link's queue was full.")                                  \
  X(LinkTooLong,           "791 §2.1",         "The packet is longer than the emulated link carries.")
// clang-format on

enum class Why : std::uint8_t {
#define TUNIC_WHY_ENUMERATOR(name, rfc, text) name,
  TUNIC_WHY_LIST(TUNIC_WHY_ENUMERATOR)
#undef TUNIC_WHY_ENUMERATOR
};

inline constexpr std::size_t kWhyCount = 0
#define TUNIC_WHY_ONE(name, rfc, text) +1
    TUNIC_WHY_LIST(TUNIC_WHY_ONE)
#undef TUNIC_WHY_ONE
    ;

/// "ActiveOpen"
std::string_view name(Why why);
/// The RFC and section: "9293 §3.10.1"
std::string_view rfc(Why why);
/// One sentence for people.
std::string_view text(Why why);

}  // namespace tunic
