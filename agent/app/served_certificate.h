// Whether clients take the certificate of a TLS listener.
#pragma once

#include <optional>
#include <string>

#include "agent/core/health.h"
#include "common/time/clock.h"

namespace certconnector::app {

enum class ServedFrom { files, store };  // `store`: the machine's

// `component`: "http", "registration"; also the section with its files. `chain` is PEM, the
// certificate first. Nothing: all is well.
[[nodiscard]] std::optional<core::HealthFinding> served_certificate_finding(
    const std::string& component, const std::string& chain, Timestamp wall,
    ServedFrom from = ServedFrom::files);

}  // namespace certconnector::app
