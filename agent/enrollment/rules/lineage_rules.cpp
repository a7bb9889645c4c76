#include "agent/enrollment/rules/lineage_rules.h"

namespace certconnector::enrollment {

LineageStep lineage_step(const LineageFacts& lineage, const core::LineageLimits& limits) {
  if (lineage.compromised) return {core::LineageConflict::compromised, false};
  std::optional<core::LineageConflict> conflict;
  if (lineage.in_force + lineage.under_way >= limits.in_force) {
    conflict = core::LineageConflict::full;
  } else if (lineage.lately + lineage.under_way >= limits.a_day) {
    conflict = core::LineageConflict::too_often;
  }
  if (conflict && lineage.allowed > 0) return {std::nullopt, true};
  return {conflict, false};
}

}  // namespace certconnector::enrollment
