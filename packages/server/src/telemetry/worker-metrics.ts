import { counter, gauge, histogram } from "./metric.js";

/** What each media worker knows. `leg`: `client`, or `pipe` between the workers of the node. */
export const WORKER_METRICS = {
  sluice_routers: gauge("Rooms on this worker", "worker"),
  sluice_transports: gauge("Transports by what became of them", "worker", "leg", "state"),
  sluice_producers: gauge("Tracks coming in", "worker", "leg", "kind"),
  sluice_consumers: gauge("Tracks going out", "worker", "leg", "kind"),
  sluice_consumers_starved: gauge("Video tracks not sent because the receiver's path does not carry them", "worker"),

  sluice_datagrams_received_total: counter("Datagrams, or frames of TCP, that came in", "worker", "protocol"),
  sluice_datagrams_sent_total: counter("Datagrams, or frames of TCP, that went out", "worker", "protocol"),
  sluice_udp_calls_total: counter(
    "System calls that moved them; datagrams a call say how full batches are",
    "worker",
    "direction",
  ),
  sluice_udp_receive_errors_total: counter("System calls that failed to receive", "worker"),
  sluice_udp_unknown_address_total: counter("Datagrams from addresses that were not known; STUN begins so", "worker"),
  sluice_udp_segmentation_fallbacks_total: counter("Sends with UDP GSO that the kernel refused", "worker"),
  sluice_tcp_connections_accepted_total: counter("TCP connections that were accepted", "worker"),
  sluice_transport_bytes_received_total: counter("Bytes of authentic RTP as it came", "worker", "leg"),
  sluice_transport_bytes_sent_total: counter("Bytes of RTP as it left", "worker", "leg"),

  sluice_rtp_packets_received_total: counter("Packets from publishers", "worker", "leg", "kind"),
  sluice_rtp_bytes_received_total: counter("Their bytes", "worker", "leg", "kind"),
  sluice_rtp_packets_lost_total: counter("Packets of publishers that never came", "worker", "leg", "kind"),
  sluice_rtp_packets_nacked_total: counter("Packets asked for again of publishers", "worker", "leg", "kind"),
  sluice_rtp_packets_withheld_total: counter("Packets not forwarded because others were louder", "worker", "leg", "kind"),
  sluice_rtp_packets_forwarded_total: counter("Packets times the receivers they were looked at for", "worker"),
  sluice_rtp_packets_sent_total: counter("Packets to subscribers, the first time each", "worker", "leg", "kind"),
  sluice_rtp_payload_bytes_sent_total: counter("Bytes of their payloads", "worker", "leg", "kind"),
  sluice_rtp_packets_retransmitted_total: counter("Packets sent again, by RTX or as they were", "worker", "leg", "kind"),
  sluice_rtp_packets_paced_total: counter("Packets of video that waited for their turn", "worker", "leg"),
  sluice_forwarding_drops_total: counter("Packets that a receiver could have got and did not", "worker", "leg", "cause"),
  sluice_key_frames_received_total: counter("Key frames from publishers", "worker", "leg"),
  sluice_key_frame_requests_sent_total: counter("Key frames asked for of publishers, by PLI or FIR", "worker", "leg"),
  sluice_key_frames_replayed_total: counter("Key frames sent from memory", "worker", "leg"),
  sluice_layer_switches_total: counter("Changes of the spatial layer that a receiver gets", "worker", "leg"),
  sluice_rtcp_packets_received_total: counter(
    "RTCP packets by type: nack, pli, fir, remb, transport_feedback, …",
    "worker",
    "type",
  ),
  sluice_rtcp_packets_sent_total: counter("RTCP packets by type", "worker", "type"),

  sluice_forwarding_delay_seconds: histogram(
    "From when the kernel received a batch's first datagram (UDP) to handing what the batch caused to the socket, each datagram sent counted once",
    "worker",
  ),
  sluice_bandwidth_estimate_bytes_per_second: histogram(
    "What congestion control believes of the path to each client, once a second",
    "worker",
  ),
  sluice_round_trip_time_seconds: histogram("To each client and back, once a second", "worker"),
  sluice_receiver_loss_ratio: histogram(
    "Share of packets lost on the way to each receiver of a track, once a second",
    "worker",
    "kind",
  ),

  sluice_queue_length: gauge(
    "What waits: paced, packets of video; feedback, RTCP compounds; socket, messages that a full socket has not taken",
    "worker",
    "queue",
  ),
  sluice_packet_slots_free: gauge("Room for received packets; at 0 they are dropped", "worker"),
  sluice_ice_messages_total: counter("STUN that reached an ICE agent, and what became of it", "worker", "outcome"),
  sluice_commands_failed_total: counter("Commands of the control process that could not be carried out", "worker"),
  sluice_media_drops_total: counter("Datagrams and packets that the core dropped", "worker", "cause"),
  sluice_sctp_drops_total: counter("What data channels dropped or refused", "worker", "cause"),
  sluice_udp_drops_total: counter("Datagrams that the UDP sockets dropped, in either direction", "worker", "cause"),
  sluice_tcp_drops_total: counter("TCP connections refused or closed, and packets dropped", "worker", "cause"),
} as const;
