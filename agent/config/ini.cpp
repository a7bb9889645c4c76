#include "agent/config/ini.h"

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <sstream>

namespace certconnector::config {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

bool has_control_character(std::string_view line) {
  for (const char c : line) {
    const auto octet = static_cast<unsigned char>(c);
    if ((octet < 0x20 && !is_blank(c)) || octet == 0x7F) return true;
  }
  return false;
}

// The line without a comment. `cut` is set when the "#" is inside a word, where a person did not
// mean a comment.
std::string_view without_comment(std::string_view line, bool& cut) {
  const std::size_t hash = line.find('#');
  if (hash == std::string_view::npos) return line;
  cut = hash > 0 && !is_blank(line[hash - 1]);
  return line.substr(0, hash);
}

// Checks one line after the other; `clean` holds the good ones, for Boost.
class LineCheck {
 public:
  explicit LineCheck(std::vector<Problem>& problems) : problems_(problems) {}

  void check(std::string_view raw, int line) {
    if (has_control_character(raw)) {
      problem(line, "a control character; the file must be plain UTF-8 text");
      return;
    }
    bool cut = false;
    const std::string_view text = trim(without_comment(raw, cut));
    if (text.empty()) return;
    if (cut) {
      problem(line,
              "a # begins a comment anywhere in a line, so this value would be cut off; put a "
              "blank before a "
              "comment, and a value that holds a # into a separate file (a ..._file key)");
    } else if (text.front() == '[') {
      header(text, line);
    } else {
      assignment(text, line);
    }
  }

  std::string clean;
  std::vector<Section> sections;
  std::vector<int> entry_lines;

 private:
  void header(std::string_view text, int line) {
    const std::string_view name =
        text.back() == ']' ? text.substr(1, text.size() - 2) : std::string_view();
    if (name.empty() || name != trim(name) || name.find_first_of("[]=") != std::string_view::npos ||
        name.front() == '.' || name.back() == '.') {
      problem(line, "a section is written [name] or [ca.NAME], with no blanks in the brackets");
      return;
    }
    in_section_ = true;
    sections.push_back({std::string(name), line});
    keep(text);
  }

  void assignment(std::string_view text, int line) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      problem(line, std::string("neither [section] nor key = value") +
                        (text.front() == ';' ? "; a comment begins with #" : ""));
    } else if (trim(text.substr(0, equals)).empty()) {
      problem(line, "no key before the =");
    } else if (text.substr(0, equals).find('.') != std::string_view::npos) {
      problem(line, "a key holds no dots; write the section on a separate line: [section]");
    } else if (!in_section_) {
      problem(line, "a key before the first section; put it under [agent], for example");
    } else {
      entry_lines.push_back(line);
      keep(text);
    }
  }

  void keep(std::string_view text) {
    clean += text;
    clean += '\n';
  }
  void problem(int line, std::string text) { problems_.push_back({line, std::move(text)}); }

  std::vector<Problem>& problems_;
  bool in_section_ = false;
};

std::vector<boost::program_options::option> read_with_boost(const std::string& clean,
                                                            std::vector<Problem>& problems) {
  try {
    std::istringstream stream(clean);
    const boost::program_options::options_description none;
    return boost::program_options::parse_config_file(stream, none, true).options;
  } catch (const boost::program_options::error& e) {
    problems.push_back({0, std::string("cannot be read: ") + e.what()});
    return {};
  }
}

}  // namespace

Ini read_ini(std::string_view text, std::vector<Problem>& problems) {
  LineCheck lines(problems);
  int number = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines.check(text.substr(from, end - from), ++number);
    from = end + 1;
  }
  Ini ini;
  ini.sections = std::move(lines.sections);
  const auto options = read_with_boost(lines.clean, problems);
  for (std::size_t i = 0; i < options.size() && i < lines.entry_lines.size(); ++i) {
    const std::string& name = options[i].string_key;  // "ca.default.batch"
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) continue;
    ini.entries.push_back({name.substr(0, dot), name.substr(dot + 1),
                           options[i].value.empty() ? std::string() : options[i].value.front(),
                           lines.entry_lines[i]});
  }
  return ini;
}

}  // namespace certconnector::config
