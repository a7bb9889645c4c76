// The columns of a wide SELECT, named once: the list gives both the enum that readers use and the
// text of the statement, so that the two cannot differ.
//
//   #define CC_THING_COLUMNS(FIRST, MORE) FIRST(ticket, "job.ticket") MORE(id, "id")
//   struct ThingColumn {
//     enum : int { CC_THING_COLUMNS(CC_COLUMN_NAME, CC_COLUMN_NAME) };
//   };
//   "SELECT " CC_THING_COLUMNS(CC_FIRST_COLUMN, CC_NEXT_COLUMN) " FROM ..."
#pragma once

#define CC_COLUMN_NAME(name, sql) name,
#define CC_FIRST_COLUMN(name, sql) sql
#define CC_NEXT_COLUMN(name, sql) ", " sql
