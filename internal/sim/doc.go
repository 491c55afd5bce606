// Package sim is chargers that do not exist: virtual chargers of OCPP 1.6, 2.0.1
// and 2.1 with ports, vehicles and people, which dial a server, charge, fault,
// lose their connection and come back, obey its commands, and misbehave if they
// are told to. They serve the demo, the tests and the benchmark.
//
// A charger behaves physically: power follows the vehicle's state of charge and
// the charging profiles, energy is the integral of power, registers only rise.
// It keeps what the server has not answered in a queue and repeats it as OCPP
// wants it. Each decision is drawn from the seed, so a run can be repeated.
// What happens at a port is the same in all versions; how it is told, and how a
// command is read, stands in the files talk…, commands… and transaction2x.go.
//
// It is built to be cheap: a connected charger is one goroutine that reads and
// one timer, so that 19,500 of them fit in one process. A Client is the other
// side of it: one connection on which a test says each word itself.
//
// What a server does with the messages is not known here. It may import
// internal/ocpp and the packages below it, and nothing else of ours.
package sim
