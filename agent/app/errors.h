#pragma once

#include "common/result/error.h"

namespace certconnector::app {

enum class AppErrc {
  not_enrolled,
  already_enrolled,
  not_renewable,        // the certificate comes from files that a person replaces
  bad_identity,         // the files in the identity folder are damaged
  unknown_ca,           // no [ca.NAME] section
  not_set_up,           // the CA has no key and certificate yet
  unusable_ca,          // the CA is set up, and its files cannot be used
  shared_ca,            // another [ca.NAME] section has the same CA
  no_set_up,            // this kind of CA is set up elsewhere
  no_crl,               // this kind of CA publishes no CRL through the agent
  unusable_crl,         // of the issuing CA of an NDES
  bad_backup,           // files are missing, changed or not ours
  would_overwrite,      // --restore over files that are there
  unknown_service,      // no [scep.NAME] section
  no_one_time_service,  // its challenges are of another kind
  unknown_template,     // the service's CA has no such template
  bad_subject,
  unissuable_name,  // a name that no CA of the agent issues
  bad_validity,
  too_many_challenges,  // as many are open as password_max allows
  no_such_challenge,
  no_system_proxy,    // this system has no such setting
  low_port,           // the agent's user may not listen there
  no_listener,        // [http] listen is off
  no_challenge,       // none can be made here
  job_gone,           // purged during the wait
  past_missing,       // of an imported CA: what it revoked before
  bad_upload,         // the parts of a CRL do not follow each other, or are too large
  no_database,        // it is missing, and a CA has issued with it
  half_restored,      // a restore was killed while it put files in place
  loss_not_accepted,  // a newer state is gone, and the restore wants a person's word
  no_room,            // on the disk
  no_folder,          // it cannot be made
  foreign_file,       // of another user
  not_for_root,       // the state folder is another user's
  stopping,           // the agent is about to end
  reload_unfinished,
  clock_wrong
};
[[nodiscard]] ErrorCode error_code(AppErrc errc);

}  // namespace certconnector::app
