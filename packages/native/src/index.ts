export { bind, type CType, errno, MissingSymbolError } from "./ffi/library.js";
export { assertInside, createNativeMemory, type NativeMemory } from "./ffi/native-memory.js";
