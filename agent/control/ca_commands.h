// Commands about the CAs.
#pragma once

#include "agent/control/command_context.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

[[nodiscard]] Result<control_proto::CaListResult> list_cas(
    const CommandContext& context, const control_proto::NoArguments& arguments);
[[nodiscard]] Result<control_proto::CaTestResult> test_ca(
    const CommandContext& context, const control_proto::CaArguments& arguments);
[[nodiscard]] Result<control_proto::CaCreatedResult> create_ca(
    const CommandContext& context, const control_proto::CaCreateArguments& arguments);
[[nodiscard]] Result<control_proto::CaCreatedResult> import_ca(
    const CommandContext& context, const control_proto::CaImportArguments& arguments);
[[nodiscard]] Result<control_proto::CaExportResult> export_ca(
    const CommandContext& context, const control_proto::CaArguments& arguments);
[[nodiscard]] Result<control_proto::CaPublishCrlResult> publish_crl(
    const CommandContext& context, const control_proto::CaArguments& arguments);

}  // namespace certconnector::control
