#include "agent/ca/adcs/windows/request_view.h"

#include <algorithm>
#include <array>

#include "agent/ca/adcs/request_attributes.h"

namespace certconnector::ca {
namespace {

constexpr const wchar_t* kId = L"Request.RequestID";
constexpr const wchar_t* kDisposition = L"Request.Disposition";
constexpr const wchar_t* kAttributes = L"Request.RequestAttributes";
constexpr const wchar_t* kPkcs10 = L"Request.RawRequest";
constexpr const wchar_t* kSubmitted = L"Request.SubmittedWhen";
constexpr std::array kColumns{kId, kDisposition, kAttributes, kPkcs10};

// Days since 1899-12-30, in UTC.
DATE date_of(Timestamp time) {
  constexpr double kEpoch = 25569;  // 1970-01-01
  constexpr double kDay = 24.0 * 60 * 60 * 1000;
  return kEpoch + static_cast<double>(to_millis(time)) / kDay;
}

HRESULT column_index(ICertView& view, const wchar_t* name, LONG& index) {
  const Bstr column((std::wstring(name)));
  return view.GetColumnIndex(FALSE, column.get(), &index);
}

Hresult open_view(ICertView& view, const Bstr& config, Timestamp since, IEnumCERTVIEWROW** rows) {
  HRESULT result = view.OpenConnection(config.get());
  if (SUCCEEDED(result)) result = view.SetResultColumnCount(static_cast<LONG>(kColumns.size()));
  for (const wchar_t* name : kColumns) {
    LONG index = 0;
    if (SUCCEEDED(result)) result = column_index(view, name, index);
    if (SUCCEEDED(result)) result = view.SetResultColumn(index);
  }
  LONG submitted = 0;
  if (SUCCEEDED(result)) result = column_index(view, kSubmitted, submitted);
  Variant date;
  date.set_date(date_of(since));
  if (SUCCEEDED(result)) {
    result = view.SetRestriction(submitted, CVR_SEEK_GE, CVR_SORT_NONE, date.get());
  }
  if (SUCCEEDED(result)) result = view.OpenView(rows);
  return result_of(result);
}

struct RequestRow {
  LONG id = 0;
  LONG disposition = 0;
  std::string attributes;
  Bytes pkcs10;
};

// The columns come in the order in which they were asked for.
Hresult read_row(IEnumCERTVIEWROW& rows, RequestRow& row) {
  ComPtr<IEnumCERTVIEWCOLUMN> columns;
  HRESULT result = rows.EnumCertViewColumn(columns.out());
  for (const wchar_t* name : kColumns) {
    LONG index = -1;
    if (SUCCEEDED(result)) result = columns->Next(&index);
    Variant value;
    if (SUCCEEDED(result)) result = columns->GetValue(CV_OUT_BINARY, value.out());
    if (FAILED(result)) return result_of(result);
    if (name == kId) row.id = value.number();
    if (name == kDisposition) row.disposition = value.number();
    if (name == kAttributes) row.attributes = value.utf8();
    if (name == kPkcs10) row.pkcs10 = value.octets();
  }
  return hresult::kOk;
}

}  // namespace

Hresult find_requests(ICertView& view, const Bstr& config, const RequestsWanted& wanted,
                      std::vector<FoundRequest>& found) {
  ComPtr<IEnumCERTVIEWROW> rows;
  const Hresult opened = open_view(view, config, wanted.since, rows.out());
  if (opened == hresult::kPropertyEmpty) return hresult::kOk;  // no row since then
  if (opened != hresult::kOk) return opened;
  for (;;) {
    LONG index = -1;
    const HRESULT next = rows->Next(&index);
    if (FAILED(next)) return result_of(next);
    if (next == S_FALSE || index < 0) break;
    RequestRow row;
    if (const Hresult failed = read_row(*rows.get(), row)) return failed;
    if (!names_job(row.attributes, wanted.job)) continue;
    found.push_back(
        {std::to_string(row.id), disposition_of_row(row.disposition), std::move(row.pkcs10)});
  }
  std::reverse(found.begin(), found.end());
  return hresult::kOk;
}

}  // namespace certconnector::ca
