// From a request target to a response. See http_response.hpp.
#include "http_response.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "http_request.hpp"

namespace tunic::services {
namespace {

using Named = std::pair<std::string_view, std::string_view>;

constexpr std::array<Named, 24> kContentTypes{{
    {"bmp", "image/bmp"},
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"ico", "image/vnd.microsoft.icon"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"md", "text/markdown; charset=utf-8"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"txt", "text/plain; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"webp", "image/webp"},
    {"woff2", "font/woff2"},
    {"xml", "application/xml"},
    {"zip", "application/zip"},
}};

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 301:
      return "Moved Permanently";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

unsigned status_of(const std::error_code& error) {
  switch (static_cast<std::errc>(error.value())) {
    case std::errc::no_such_file_or_directory:
    case std::errc::not_a_directory:
    case std::errc::filename_too_long:
      return 404;
    case std::errc::permission_denied:
    case std::errc::operation_not_permitted:
    case std::errc::cross_device_link:  // leads out of the folder
    case std::errc::too_many_symbolic_link_levels:
    case std::errc::no_such_device_or_address:  // a socket
      return 403;
    case std::errc::too_many_files_open:
    case std::errc::too_many_files_open_in_system:
    case std::errc::resource_unavailable_try_again:  // the folder is being rearranged (openat2)
      return 503;
    default:
      return 500;
  }
}

std::string html_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

HttpResponse listing(const tun::FileDescriptor& folder, std::string_view path) {
  const auto found = list_names(folder);
  if (!found) return error_response(status_of(found.error()));
  const std::string title = html_escape(path);
  std::string body = fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head>\n<body><h1>{0}</h1>\n<ul>\n",
      title);
  if (path != "/") body += "<li><a href=\"../\">../</a></li>\n";
  for (const std::string& name : found->names) {
    // "./" in front: a name with a colon must not be taken for a scheme (RFC 3986 §4.2).
    body += fmt::format("<li><a href=\"./{}\">{}</a></li>\n", percent_encode(name), html_escape(name));
  }
  if (found->cut) body += "<li>…</li>\n";
  body += "</ul></body></html>\n";
  return {.content_type = content_type_of("html"), .body = std::move(body)};
}

HttpResponse file_response(FolderEntry entry, std::string_view name) {
  return {.content_type = content_type_of(name), .file = std::move(entry.file), .file_size = entry.size};
}

HttpResponse folder_response(const Folder& folder, const FolderEntry& entry, const HttpPath& path) {
  const std::string shown = path.relative.empty() ? "/" : "/" + path.relative + "/";
  if (!path.ends_with_slash) {  // else the relative links of a page would point beside the folder
    HttpResponse moved = error_response(301);
    moved.location = percent_encode(shown);
    return moved;
  }
  auto index = folder.find(path.relative.empty() ? "index.html" : path.relative + "/index.html");
  if (index && index->kind == FolderEntry::Kind::File) return file_response(std::move(*index), "index.html");
  return listing(entry.file, shown);
}

}  // namespace

std::string_view content_type_of(std::string_view name) {
  std::string suffix(name.substr(name.rfind('.') + 1));
  for (char& c : suffix) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto found = std::ranges::lower_bound(kContentTypes, std::string_view(suffix), {}, &Named::first);
  return found != kContentTypes.end() && found->first == suffix ? found->second : "application/octet-stream";
}

HttpResponse error_response(unsigned status) {
  return {.status = status,
          .content_type = content_type_of("txt"),
          .body = fmt::format("{} {}\n", status, reason_phrase(status))};
}

HttpResponse respond(const Folder& folder, std::string_view target) {
  const auto path = parse_target(target);
  if (!path) return error_response(path.error());
  auto entry = folder.find(path->relative);
  if (!entry) return error_response(status_of(entry.error()));
  switch (entry->kind) {
    case FolderEntry::Kind::Folder:
      return folder_response(folder, *entry, *path);
    case FolderEntry::Kind::File:
      return path->ends_with_slash ? error_response(404) : file_response(std::move(*entry), path->relative);
    case FolderEntry::Kind::Other:
      break;
  }
  return error_response(403);
}

std::string response_head(const HttpResponse& response, const ResponseStyle& style, std::chrono::sys_seconds now) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", response.status,
                                 reason_phrase(response.status), now);
  head += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", response.content_type, response.content_length());
  if (!response.location.empty()) head += fmt::format("Location: {}\r\n", response.location);
  if (response.status == 405) head += "Allow: GET, HEAD\r\n";
  if (!style.keep_alive) head += "Connection: close\r\n";
  if (style.keep_alive && style.version_1_0) head += "Connection: keep-alive\r\n";
  return head + "\r\n";
}

}  // namespace tunic::services
