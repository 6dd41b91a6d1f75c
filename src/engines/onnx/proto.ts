/** @file The part of the ONNX file format (onnx.proto3, IR version 10) that graphs need, as a protobuf schema. */

import protobuf from "protobufjs";

const schema = `
  syntax = "proto3";
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
  }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated AttributeProto attribute = 5; string domain = 7;
  }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Dimension { int64 dim_value = 1; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorType tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message ModelProto {
    int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8;
  }
`;

const Model = protobuf.parse(schema, { keepCase: true }).root.lookupType("ModelProto");

/** `data_type` and `elem_type` numbers. */
export const ElementType = { float: 1, int32: 6, int64: 7 } as const;
export type ElementType = (typeof ElementType)[keyof typeof ElementType];

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly ints?: readonly number[];
}

export interface Node {
  readonly name: string;
  readonly op_type: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
}

export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data_type: ElementType;
  readonly raw_data: Uint8Array;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensor_type: {
      readonly elem_type: ElementType;
      readonly shape: { readonly dim: readonly { dim_value: number }[] };
    };
  };
}

export interface OnnxGraph {
  readonly name: string;
  readonly node: readonly Node[];
  readonly initializer: readonly Initializer[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
}

/** Versions of the operator sets that the lowerings are written for, per domain. */
const OPERATOR_SETS: Readonly<Record<string, number>> = { "": 21, "com.microsoft": 1, "com.microsoft.nchwc": 1 };

/** The bytes of an ONNX file. It names only the operator sets that it uses. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const domains = [...new Set(["", ...graph.node.map(({ domain }) => domain)])];
  const opset_import = domains.map((domain) => ({ domain, version: OPERATOR_SETS[domain] }));
  return Model.encode(Model.fromObject({ ir_version: 10, producer_name: "reweight", graph, opset_import })).finish();
}

/** An Identity node that gives a value another name, for the graph's outputs. */
export function rename(from: string, to: string): Node {
  return { name: to, op_type: "Identity", domain: "", input: [from], output: [to], attribute: [] };
}

export function valueInfo(name: string, elementType: ElementType, shape: readonly number[]): ValueInfo {
  const dim = shape.map((extent) => ({ dim_value: extent }));
  return { name, type: { tensor_type: { elem_type: elementType, shape: { dim } } } };
}
