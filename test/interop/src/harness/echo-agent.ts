import { defineAgent, type JobContext } from "@livekit/agents";

/** An agent as the framework's users write them: joins its room and says there what it was sent for. */
// biome-ignore lint/style/noDefaultExport: the framework imports the default of this file
export default defineAgent({
  entry: async (context: JobContext) => {
    await context.connect();
    await context.room.localParticipant?.setAttributes({ job: context.job.id, metadata: context.job.metadata });
  },
});
