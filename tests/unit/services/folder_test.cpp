// A folder gives what is in it and nothing else.
#include "services/folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "temporary_folder.hpp"

namespace tunic::services {
namespace {

namespace fs = std::filesystem;

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    outside_.write("secret", "secret");
    inside_.write("a.txt", "four");
    inside_.write("sub/b.txt", "b");
  }
  std::expected<FolderEntry, std::error_code> find(const std::string& name) {
    return Folder::open(inside_.path().string())->find(name);
  }
  std::error_code error_of(const std::string& name) {
    const auto found = find(name);
    return found ? std::error_code() : found.error();
  }

  TemporaryFolder outside_;
  TemporaryFolder inside_;
};

TEST_F(FolderTest, FindsFilesAndFolders) {
  const auto file = find("a.txt");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->kind, FolderEntry::Kind::File);
  EXPECT_EQ(file->size, 4U);
  EXPECT_EQ(find("sub")->kind, FolderEntry::Kind::Folder);
  EXPECT_EQ(find("")->kind, FolderEntry::Kind::Folder);
  EXPECT_EQ(find("sub/b.txt")->kind, FolderEntry::Kind::File);
}

TEST_F(FolderTest, SaysWhatIsNotThere) {
  EXPECT_EQ(error_of("none"), std::errc::no_such_file_or_directory);
  EXPECT_EQ(error_of("a.txt/b"), std::errc::not_a_directory);
}

TEST_F(FolderTest, NothingLeadsOut) {
  fs::create_symlink(outside_.path() / "secret", inside_.path() / "absolute");
  fs::create_symlink(fs::path("..") / outside_.path().filename() / "secret", inside_.path() / "relative");
  fs::create_symlink(outside_.path(), inside_.path() / "folder");
  fs::create_symlink("/proc/self/cwd", inside_.path() / "magic");
  for (const char* name : {"absolute", "relative", "folder", "folder/secret", "..", "../x", "sub/../../x",
                           "/etc/passwd", "magic", "magic/x"}) {
    EXPECT_EQ(error_of(name), std::errc::cross_device_link) << name;
  }
}

TEST_F(FolderTest, ALinkThatStaysInsideIsFollowed) {
  fs::create_symlink("sub/b.txt", inside_.path() / "link");
  EXPECT_EQ(find("link")->kind, FolderEntry::Kind::File);
}

TEST_F(FolderTest, ALinkToItselfIsAnError) {
  fs::create_symlink("loop", inside_.path() / "loop");
  EXPECT_EQ(error_of("loop"), std::errc::too_many_symbolic_link_levels);
}

TEST_F(FolderTest, AFifoIsOpenedWithoutWaitingAndIsNoFile) {
  ASSERT_EQ(mkfifo((inside_.path() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(find("fifo")->kind, FolderEntry::Kind::Other);
}

TEST_F(FolderTest, ListsItsNamesInOrder) {
  inside_.write("Z", "");
  const auto names = list_names(find("")->file);
  ASSERT_TRUE(names);
  EXPECT_EQ(names->names, (std::vector<std::string>{"Z", "a.txt", "sub/"}));
  EXPECT_FALSE(names->cut);
  EXPECT_EQ(list_names(find("")->file)->names.size(), 3U);  // again: the first listing moved no position
}

TEST_F(FolderTest, AFolderThatCannotBeOpenedSaysWhy) {
  EXPECT_EQ(Folder::open("/nonexistent").error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(Folder::open((inside_.path() / "a.txt").string()).error(), std::errc::not_a_directory);
}

}  // namespace
}  // namespace tunic::services
