import { counter, gauge, histogram } from "./metric.js";

/** What every process of a node tells of itself: `control`, and `worker-0` and so on. */
export const PROCESS_METRICS = {
  sluice_process_start_time_seconds: gauge("When the process was started, Unix time", "process"),
  sluice_process_cpu_seconds_total: counter("CPU time of the process, that of its helper threads included", "process"),
  sluice_process_resident_memory_bytes: gauge(
    "Resident set; of a worker its packet memory is part, as far as it was used",
    "process",
  ),
  sluice_process_heap_used_bytes: gauge("JavaScript heap in use", "process"),
  sluice_process_heap_total_bytes: gauge("JavaScript heap reserved", "process"),
  sluice_process_external_memory_bytes: gauge("Memory outside the heap that JavaScript objects hold", "process"),
  sluice_gc_pause_seconds: histogram("Pauses of the garbage collector by kind", "process", "kind"),
  sluice_event_loop_delay_seconds: histogram("How late a timer of the process runs", "process"),
} as const;
