#include "agent/platform/process_environment.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

namespace certconnector::platform {
namespace {

TEST(ProcessEnvironmentTest, OpensslFindsNoTrustedCertificateByItself) {
  ASSERT_TRUE(leave_out_system_trust_store().ok());
  X509_STORE* const store = X509_STORE_new();
  EXPECT_EQ(X509_STORE_set_default_paths(store), 1);
  STACK_OF(X509_OBJECT)* const loaded = X509_STORE_get0_objects(store);
  EXPECT_EQ(sk_X509_OBJECT_num(loaded), 0);
  X509_STORE_free(store);
}

}  // namespace
}  // namespace certconnector::platform
