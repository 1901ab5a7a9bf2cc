# Headers as other projects see them: "ROOM/FILE" is below tunic/testing/, and the room testing is that folder itself.
s|^#include "testing/(.*)"|#include <tunic/testing/\1>|
s|^#include "(.*)"|#include <tunic/testing/\1>|
