// Commands about the CAs.
#pragma once

#include "agent/control/ca_operations.h"
#include "agent/control/scep_operations.h"
#include "agent/control/status_operations.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::CaListResult> list_cas(
    const control_proto::NoArguments& arguments, StatusOperations& agent);
[[nodiscard]] Result<control_proto::CaTestResult> test_ca(
    const control_proto::CaArguments& arguments, StatusOperations& agent, CaOperations& cas,
    ScepOperations& scep);
[[nodiscard]] Result<control_proto::CaCreatedResult> create_ca(
    const control_proto::CaCreateArguments& arguments, StatusOperations& agent, CaOperations& cas);
[[nodiscard]] Result<control_proto::CaCreatedResult> import_ca(
    const control_proto::CaImportArguments& arguments, StatusOperations& agent, CaOperations& cas);
[[nodiscard]] Result<control_proto::CaEarlierResult> take_earlier(
    const control_proto::CaEarlierArguments& arguments, StatusOperations& agent, CaOperations& cas);
[[nodiscard]] Result<control_proto::CaExportResult> export_ca(
    const control_proto::CaArguments& arguments, StatusOperations& agent, CaOperations& cas);
[[nodiscard]] Result<control_proto::CaPublishCrlResult> publish_crl(
    const control_proto::CaArguments& arguments, StatusOperations& agent, CaOperations& cas);

}  // namespace certconnector::control
