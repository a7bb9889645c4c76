// The operations of the job store and the ledgers, one topic a source file. Each runs under the
// mutex of its connection, and inside a transaction when it writes; the contracts are those of
// agent/core/ports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/challenge_ledger.h"
#include "agent/core/ports/external_enrollments.h"
#include "agent/core/ports/lineage_ledger.h"
#include "agent/store/sqlite/store_writer.h"

namespace certconnector::store {

// job_intake.cpp
[[nodiscard]] Result<core::InsertResult> insert_job(StoreWriter& writer, const core::NewJob& job,
                                                    Timestamp now);
[[nodiscard]] Result<std::vector<core::InsertResult>> insert_jobs(
    StoreWriter& writer, const std::vector<core::NewJob>& jobs, Timestamp now);

// job_claiming.cpp
[[nodiscard]] Result<std::vector<core::ClaimedJob>> claim_jobs(StoreWriter& writer,
                                                               const core::ClaimQuery& query);
[[nodiscard]] Result<std::optional<Timestamp>> next_due(StoreWriter& writer,
                                                        const core::CaFingerprint& ca);

// job_recovery.cpp
[[nodiscard]] Status correct_times(StoreWriter& writer, Timestamp now);
[[nodiscard]] Result<std::uint64_t> recover_claims(StoreWriter& writer,
                                                   const core::ClaimOwner& owner, Timestamp now);

// job_settling.cpp
[[nodiscard]] Result<std::vector<core::Settled>> settle_jobs(
    StoreWriter& writer, const std::vector<core::Settlement>& settlements,
    const core::ClaimOwner& owner, Timestamp now);

// job_leases.cpp
[[nodiscard]] Result<std::vector<core::LeaseHolding>> leases_ending(
    StoreWriter& writer, const core::CloudShare& share, Timestamp before,
    const std::vector<core::CaFingerprint>& served, std::size_t max);
[[nodiscard]] Status renew_leases(StoreWriter& writer,
                                  const std::vector<core::LeaseHolding>& renewed);
[[nodiscard]] Status lose_leases(StoreWriter& writer, const std::vector<core::JobTicket>& lost,
                                 Timestamp now);
[[nodiscard]] Result<std::uint64_t> expire_jobs(StoreWriter& writer, Timestamp now,
                                                std::size_t max);

// job_outbox.cpp
[[nodiscard]] Result<std::vector<core::Report>> unreported_jobs(StoreWriter& writer,
                                                                const core::CloudShare& share,
                                                                std::size_t max);
[[nodiscard]] Status acknowledge_reports(StoreWriter& writer,
                                         const std::vector<core::ReportAcknowledgement>& acks,
                                         Timestamp now);

// job_administration.cpp
[[nodiscard]] Status retry_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now,
                               const std::string& who);
[[nodiscard]] Status cancel_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now,
                                const std::string& who);
[[nodiscard]] Status approve_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now,
                                 const std::string& who);
[[nodiscard]] Status deny_job(StoreWriter& writer, core::JobTicket ticket, Timestamp now,
                              const std::string& who, const std::string& why);

// enrollment_begin.cpp
[[nodiscard]] Result<std::vector<core::BeginAnswer>> begin_enrollments(
    StoreWriter& writer, const std::vector<core::NewEnrollment>& enrollments, Timestamp now);
[[nodiscard]] Status note_given(StoreWriter& writer, const std::vector<core::JobTicket>& renewals,
                                Timestamp now);
[[nodiscard]] Result<std::uint64_t> purge_enrollments(StoreWriter& writer, Timestamp now,
                                                      std::size_t max);

// enrollment_find.cpp
[[nodiscard]] Result<std::optional<core::EnrollmentStanding>> find_enrollment(
    Database& database, const core::EnrollmentKey& key);
[[nodiscard]] Result<std::optional<core::EnrollmentStanding>> find_for_poll(
    Database& database, const core::EnrollmentKey& signer);

// enrollment_certificate.cpp: of an enrollment whose job is gone, by its certificate.
[[nodiscard]] Result<std::optional<core::EnrollmentStanding>> standing_without_job(
    Database& database, const core::EnrollmentKey& key);

// external_enrollments.cpp
[[nodiscard]] Result<std::vector<core::ExternalEnrollment>> external_enrollments(
    StoreWriter& writer, const core::ExternalSearch& search);
[[nodiscard]] Result<std::vector<core::ExternalEnrollment>> overdue_enrollments(StoreWriter& writer,
                                                                                Timestamp now,
                                                                                std::size_t max);
[[nodiscard]] Result<core::ExternalCompletion> complete_enrollment(
    StoreWriter& writer, core::JobTicket ticket, const core::ExternalOutcome& news,
    const std::string& late_job, Timestamp now);
[[nodiscard]] Result<core::ExternalCompletion> record_certificate(
    StoreWriter& writer, const core::NewEnrollment& enrollment, const core::Issued& issued,
    Timestamp now);

// superseding.cpp
[[nodiscard]] Result<core::SupersedeLook> supersede_certificates(
    StoreWriter& writer, const std::vector<core::SupersedeTerms>& terms, Timestamp now,
    std::size_t max);
[[nodiscard]] Status note_uses(StoreWriter& writer, const std::vector<core::CertificateOfCa>& used);

// enrollment_queries.cpp: on a reading connection.
[[nodiscard]] Result<std::vector<core::EnrollmentRecord>> list_enrollments(
    Database& database, const core::EnrollmentFilter& filter);

// challenge_passwords.cpp: the last two on a reading connection.
[[nodiscard]] Result<core::PasswordAdded> add_password(StoreWriter& writer,
                                                       const core::PasswordChallenge& challenge,
                                                       const crypto::Sha256& digest,
                                                       std::size_t max_open);
[[nodiscard]] Result<std::optional<core::ChallengeState>> revoke_password(StoreWriter& writer,
                                                                          const std::string& id,
                                                                          const std::string& who,
                                                                          Timestamp now);
[[nodiscard]] Result<std::uint64_t> purge_passwords(StoreWriter& writer, Timestamp before,
                                                    std::size_t max);
[[nodiscard]] Result<std::optional<core::PasswordRecord>> find_password(
    Database& database, const std::string& service, const crypto::Sha256& digest, Timestamp now);
[[nodiscard]] Result<std::vector<core::PasswordRecord>> list_passwords(
    Database& database, const std::optional<std::string>& service, Timestamp now);

// challenge_revocations.cpp: the last two on a reading connection.
// After a statement that may have withdrawn a challenge: an older copy of the file does not know
// it, and core::StoreMark tells.
[[nodiscard]] Status note_withdrawal(StoreWriter& writer);
[[nodiscard]] Status revoke_challenge(StoreWriter& writer, const core::RevokedChallenge& challenge);
[[nodiscard]] Result<std::uint64_t> purge_revocations(StoreWriter& writer, Timestamp before,
                                                      std::size_t max);
[[nodiscard]] Result<bool> is_challenge_revoked(Database& database, const std::string& id);
[[nodiscard]] Result<std::vector<core::RevokedChallenge>> list_revocations(Database& database);

// job_purge.cpp
[[nodiscard]] Result<std::uint64_t> purge_jobs(StoreWriter& writer, Timestamp before, Timestamp now,
                                               std::size_t max);

// job_queries.cpp: on a reading connection.
[[nodiscard]] Result<std::vector<core::JobCount>> job_counts(Database& database);
[[nodiscard]] Result<core::JobOutcomes> job_outcomes(Database& database, Timestamp since,
                                                     Timestamp now, std::size_t max);
[[nodiscard]] Result<core::JobPage> list_jobs(Database& database, const core::JobFilter& filter);
[[nodiscard]] Result<std::vector<core::JobRecord>> find_jobs(Database& database,
                                                             const std::string& id);
[[nodiscard]] Result<std::vector<std::string>> job_ids(Database& database,
                                                       const std::string& beginning,
                                                       std::size_t max);
[[nodiscard]] Result<std::optional<core::JobRecord>> find_job(Database& database,
                                                              const core::JobKey& key);
[[nodiscard]] Result<std::vector<core::JobEvent>> job_history(Database& database,
                                                              core::JobTicket ticket);

}  // namespace certconnector::store
