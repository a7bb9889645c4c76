#include "tests/contract/fake_machine_store_under_test.h"

namespace certconnector::contract {

std::vector<MachineStoreFactory> machine_stores() { return {kFakeStore}; }

}  // namespace certconnector::contract
