import { createEtcdFixture } from "../testing/etcd-fixture.js";
import { ETCD_PROGRAM } from "../testing/etcd-server.js";
import { testRegistryContract } from "../testing/registry-contract.js";

testRegistryContract(
  "etcd",
  () => createEtcdFixture(ETCD_PROGRAM ?? ""),
  ETCD_PROGRAM === undefined && "etcd is not installed (SLUICE_ETCD)",
);
