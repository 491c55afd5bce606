// Package files is the place for the files of chargers, so that logs,
// diagnostics and firmware need no other server: it takes what chargers upload
// to an address that is good for one file, and hands out the firmware files
// that operators put there.
//
// What is known of a file is kept by the store; its content lies in a folder
// beside the database. The package imports charging only, and serves HTTP.
package files
