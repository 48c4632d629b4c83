import { serveParent } from "@sluice/interop";
import { LoadClients } from "./load-clients.js";

serveParent(new LoadClients());
