#include "agent/ca/adcs/hresult.h"

#include <gtest/gtest.h>

#include <vector>

namespace certconnector::ca {
namespace {

struct Class {
  AdcsErrc errc;
  ErrorKind kind;
  std::vector<Hresult> results;
};

// As Microsoft documents them for ICertRequest, ICertAdmin and ICertView.
const std::vector<Class> kClasses{
    {AdcsErrc::unreachable,
     ErrorKind::transient,
     {0x800706BA, 0x800706BB, 0x800706BF, 0x800706D9, 0x80070721, 0x80080005, 0x80094006,
      0x8009400F, 0x80094015, 0x80070422, 0x8007045B, 0x80092013, 0x8007054B, 0x80070008,
      0x8007000E}},
    {AdcsErrc::in_doubt, ErrorKind::transient, {0x800706BE, 0x80010108, 0x8001011F, 0x80004005}},
    {AdcsErrc::not_configured,
     ErrorKind::transient,
     {0x80070005, 0x80094011, 0x80094012, 0x80094800, 0x80094008, 0x80094009, 0x80070057,
      0x80070002}},
    {AdcsErrc::refused,
     ErrorKind::denied,
     {0x80094001, 0x80094803, 0x80094808, 0x8009480F, 0x80094811, 0x80094812, 0x80094014,
      0x80094821, 0x800B0114}},
    {AdcsErrc::nothing_there, ErrorKind::permanent, {0x80094002, 0x80094003, 0x80094004}},
    {AdcsErrc::component_missing, ErrorKind::permanent, {0x80040154}}};

TEST(Hresult, HasTheClassThatTellsWhetherTheJobGoesOn) {
  for (const Class& one : kClasses) {
    for (const Hresult result : one.results) {
      EXPECT_EQ(class_of(result), one.errc) << to_text(result);
      const Error error = adcs_error(result, "submitting the request");
      EXPECT_EQ(error.code(), error_code(one.errc));
      EXPECT_EQ(error.kind(), one.kind) << to_text(result);
    }
  }
}

TEST(Hresult, IsNamedWithWhatAPersonDoes) {
  EXPECT_EQ(to_text(0x80094800), "0x80094800 (the CA does not offer this template)");
  EXPECT_EQ(to_text(0x8000ABCD), "0x8000abcd");
  EXPECT_EQ(adcs_error(0x80094800, "submitting the request").message(),
            "submitting the request: 0x80094800 (the CA does not offer this template); publish the "
            "template at this CA, and name it by its name, not its display name");
}

}  // namespace
}  // namespace certconnector::ca
