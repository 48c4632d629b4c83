#!/usr/bin/env node
// Here, and not in dist, because npm links a program at install only if its file is there already.
import "../dist/main.js";
