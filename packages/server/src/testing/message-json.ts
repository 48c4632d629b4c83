import fc from "fast-check";

/** A field as the classes of `@livekit/protocol` describe it. */
interface Field {
  readonly kind: "scalar" | "enum" | "message" | "map";
  readonly localName: string;
  readonly repeated?: boolean;
  readonly T?: unknown;
  readonly K?: unknown;
  readonly V?: { readonly kind: "scalar" | "enum" | "message"; readonly T: unknown };
  readonly oneof?: { readonly localName: string } | undefined;
}

/** A generated message's class. */
export interface MessageClass {
  readonly typeName: string;
  readonly fields: { list(): readonly unknown[] };
}

/** Messages in messages. */
const MAX_DEPTH = 4;

const number = fc.constantFrom(0, 1, 2, 3, 7, 30, 1_000, 65_536, 2_147_483_647);
const unsigned = fc.oneof(number, fc.constant(4_294_967_295));
const signed = fc.oneof(number, fc.constant(-1), fc.constant(-2_147_483_648));
const long = fc.constantFrom("0", "1", "1700000000000", "9223372036854775807");
const float = fc.oneof(fc.float({ noDefaultInfinity: true, noNaN: true }), fc.constantFrom("NaN", "Infinity", "-Infinity"));

/** Whatever is of this message, in protobuf's JSON: good or not, but of the right types. `text`: what stands where texts do. */
export function messageJson(type: MessageClass, text: fc.Arbitrary<string>, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const fields = type.fields.list() as readonly Field[];
  const alone = Object.fromEntries(
    fields.filter(({ oneof }) => oneof === undefined).map((field) => [field.localName, fieldJson(field, text, depth)]),
  );
  const chosen = new Map<string, fc.Arbitrary<Record<string, unknown>>[]>();
  for (const field of fields) {
    if (field.oneof === undefined) continue;
    const group = chosen.get(field.oneof.localName) ?? [];
    group.push(fieldJson(field, text, depth).map((value) => ({ [field.localName]: value })));
    chosen.set(field.oneof.localName, group);
  }
  const one = [...chosen.values()].map((group) => fc.oneof(...group));
  return fc
    .tuple(fc.record(alone, { requiredKeys: [] }), ...one)
    .map((parts) => Object.assign({}, ...parts) as Record<string, unknown>);
}

function fieldJson(field: Field, text: fc.Arbitrary<string>, depth: number): fc.Arbitrary<unknown> {
  if (field.kind === "map") {
    const value = valueJson(field.V?.kind ?? "scalar", field.V?.T, text, depth);
    return fc.dictionary(fc.oneof(text, fc.constant("__proto__")), value, { maxKeys: 3, noNullPrototype: true });
  }
  const value = valueJson(field.kind, field.T, text, depth);
  return field.repeated === true ? fc.array(value, { maxLength: 4 }) : value;
}

function valueJson(kind: string, type: unknown, text: fc.Arbitrary<string>, depth: number): fc.Arbitrary<unknown> {
  switch (kind) {
    case "message":
      return depth < MAX_DEPTH ? messageJson(type as MessageClass, text, depth + 1) : fc.constant({});
    case "enum":
      return fc.oneof(fc.integer({ min: 0, max: 5 }), signed);
    default:
      return scalarJson(type as number, text);
  }
}

/** By the numbers of protobuf's scalar types (descriptor.proto, `FieldDescriptorProto.Type`). */
function scalarJson(type: number, text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  switch (type) {
    case 1:
    case 2:
      return float;
    case 3:
    case 4:
    case 6:
    case 16:
    case 18:
      return long;
    case 7:
    case 13:
      return unsigned;
    case 8:
      return fc.boolean();
    case 9:
      return text;
    case 12:
      return fc.constantFrom("", "AAECAw==");
    default:
      return signed;
  }
}
