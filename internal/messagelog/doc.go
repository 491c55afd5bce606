// Package messagelog keeps raw OCPP messages: every call between a charger and
// the server with its answer, as they were on the wire, for as many days as an
// operator wants to look back.
//
// The messages stand in files of their own beside the database, so that
// pruning them never touches what the present needs. New ones are written to
// the tail, a journal, about once a second. When it has grown, its messages are
// sorted by charger, compressed in blocks and appended to the newest segment:
// that is a seal. Then the tail begins anew. Of each block only its bounds are in
// memory: chargers, times, ids and roughly the actions. Whole segments are
// deleted when they are too old, or too many.
//
// Nothing waits for a disk here: a crash may lose the last second, and when the
// disk does not keep up messages are dropped and counted. What is damaged is
// told and left out, and nothing else with it; files that are not the log's own
// are left alone. The package imports charging only, and owns its folder.
//
// The folder holds, all numbers little-endian, all checksums CRC-32C:
//
//	lock        held by the one process that has the log open
//	tail        "CYT1", number of the seal that will take it (8 bytes), checksum (4);
//	            then chunks: checksum of the body (4), its length (4), body: messages
//	T-N.seg     a segment, begun at T with seal N: blocks of a head and a body.
//	            head: "CYB1", flags (4; 1 for the last block of its seal), seal (8),
//	            what is known of the block, checksum of the head (4)
//	            body: messages, compressed with zstd
//	T-N.idx     what is known of the blocks of a finished segment: "CYI1", length of
//	            the segment (8), its last seal (8), for each block where its body
//	            begins (8) and what is known of it; checksum (4). It saves reading
//	            every head at the start, and is made again when it is missing
//	erasing     the half of a segment that is written anew without a tag; the whole
//	            takes the place of the one with the same seal N
//
// What is known of a block: length of the body, its length before compression,
// its checksum (4 each), lowest and highest id, time and charger, and a bit for
// each hash of an action (8 each). Times are microseconds since 1970.
//
// A message is a length (varint) and that many bytes: flags (1 from the charger,
// 2 with an answer), id, charger, time, time of the answer (signed varints, 0 for
// none), then, each with its length as a varint before it: identity, protocol,
// action, id of the call, payload, answer.
//
// A number in a mark that this version does not know means a later form, which
// is left alone.
package messagelog
