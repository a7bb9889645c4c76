// A leak that LeakSanitizer finds here and is not ours: cpprestsdk 2.10 leaks 32 octets for each
// connection through a proxy that wants a login.
extern "C" const char* __lsan_default_suppressions() { return "leak:libcpprest.so"; }
