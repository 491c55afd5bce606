package httpapi

import "strings"

// quirkText says in plain words what a charger does, and what we make of it.
type quirkText struct{ title, whatWeDo string }

// quirkTextOf returns the text of a code.
func quirkTextOf(code string) quirkText {
	if text, known := quirkTexts[code]; known {
		return text
	}
	switch kind, _, _ := strings.Cut(code, "-"); kind {
	case "unknown":
		return quirkText{"Uses a word that OCPP does not have there", "The word is kept as it was sent, and treated as if nothing was said; everything else in the message counts."}
	case "time":
		return quirkText{"Writes times in a form of its own", "The time is read as it must be meant."}
	}
	return quirkText{"Does something unusual (" + code + ")", "It is noted with the message; everything else in the message counts."}
}

// quirkTexts are the texts of the codes of oddities.
var quirkTexts = map[string]quirkText{
	// Frames.
	"binary-frame":        {"Sends messages as binary data", "They are read as the text that they hold."},
	"quoted-message-type": {"Writes the type of a message as text", "It is read as the number."},
	"numeric-message-id":  {"Numbers its messages instead of naming them", "The number is taken as the name, and repeated as it was written."},
	"long-message-id":     {"Gives messages names of more than 36 characters", "The name is repeated as it was sent."},
	"no-payload":          {"Leaves out the content of a message", "It is read as empty."},
	"empty-payload":       {"Sends nothing where an object belongs", "It is read as empty."},
	"empty-details":       {"Sends nothing as the details of an error", "They are read as empty."},
	"extra-elements":      {"Adds elements that no message has", "They are passed over."},
	"short-error":         {"Leaves out parts of an error", "They are read as empty."},
	"text-after-frame":    {"Sends more text behind a message", "The text is passed over."},
	"action":              {"Spells the name of a message differently", "It is read as the message that is meant."},
	// JSON that is none by the letter.
	"byte-order-mark":    {"Begins messages with an invisible character", "It is passed over."},
	"control-characters": {"Sends control characters inside of texts", "They are left out."},
	"missing-value":      {"Leaves out a value behind its name", "It is read as not given."},
	"stray-comma":        {"Writes a comma too many", "It is passed over."},
	"stray-backslash":    {"Writes a backslash where it means nothing", "It is read as a backslash."},
	"bare-word":          {"Writes words such as NaN or undefined without quotation marks", "They are read as not given, or as true or false where that is meant."},
	"invalid-utf8":       {"Sends characters that are no UTF-8", "They are replaced by the sign for an unknown character."},
	// Members.
	"duplicate-member":   {"Names a value twice", "The last one counts."},
	"missing-member":     {"Leaves out a value that must be there", "What can be known without it is used."},
	"unknown-member":     {"Adds values that OCPP does not have", "They are passed over; the raw message keeps them."},
	"spelling":           {"Writes words in another spelling", "They are read as the words that are meant."},
	"single-for-list":    {"Sends a single thing where a list belongs", "It is read as a list of one."},
	"null":               {"Sends null instead of leaving a value out", "It is read as not given."},
	"not-an-object":      {"Sends something else where an object belongs", "It is read as not given."},
	"not-a-text":         {"Sends something else where text belongs", "A number is read as its digits, anything else as not given."},
	"not-a-number":       {"Sends something else where a number belongs", "It is read as not given."},
	"not-a-whole-number": {"Sends fractions where whole numbers belong", "They are read as whole numbers."},
	"not-a-boolean":      {"Sends something else where true or false belongs", "It is read as not given."},
	"quoted-number":      {"Writes numbers as text", "They are read as numbers."},
	"quoted-boolean":     {"Writes true and false as text or as a number", "They are read as true and false."},
	"too-long":           {"Sends texts that are longer than OCPP allows", "They are taken as they are."},
	"cut":                {"Sends very long texts", "What is shown of them is cut; the raw message keeps them whole, within its bounds."},
	"more-oddities":      {"Does many unusual things in one message", "Only the first of them are listed."},
	"placeholder":        {"Writes null or zeros as text where it has nothing to say", "They are read as not given."},
	"out-of-range":       {"Tells meter registers that cannot be", "They are read as not given."},
	// Times.
	"time-empty":      {"Leaves times empty", "The time of receipt counts instead."},
	"time-unreadable": {"Sends times that cannot be read", "The time of receipt counts instead."},
	"time-no-zone":    {"Sends times without a time zone", "They are read as UTC."},
	"time-short-zone": {"Shortens the time zone", "The zone is read as it is meant."},
	"time-date-only":  {"Sends a date without a time of day", "Midnight is taken."},
	// Words whose being unknown means something.
	"unknown-status":     {"Reports a status that OCPP does not have", "The status before stays; the word is kept with the message."},
	"unknown-error-code": {"Reports an error code that OCPP does not have", "The code is shown as the charger wrote it."},
	"unknown-measurand":  {"Measures something that OCPP does not know", "The value is kept with the message and not shown."},
	"unknown-unit":       {"Measures in a unit that OCPP does not have", "The value is kept as it was sent, without being worked with."},
	"unknown-port":       {"Names a port that it does not have", "What it says is noted for the charger as a whole."},
	// Numbers of ports and samples.
	"port-out-of-range":      {"Names a port with a number that cannot be", "What it says is kept, but shown at no port."},
	"connector-out-of-range": {"Names a connector with a number that cannot be", "What it says is not shown at a connector."},
	"evse-out-of-range":      {"Names a port with a number that cannot be", "What it says is kept, but shown at no port."},
	"sequence-out-of-range":  {"Numbers the messages of a session wrongly", "The number is passed over."},
	"severity-out-of-range":  {"Gives an event a severity that does not exist", "The severity is passed over."},
	"unit-of-another-kind":   {"Sends values in units that do not fit them", "Where it is clear what is meant the value is used; else it is kept as it was sent."},
	"no-number":              {"Sends readings without a number", "The reading is kept as it was sent, without a value."},
	"main-meter":             {"Sends the readings of its main meter instead of the port's", "As it has one port, they are taken as that port's."},
	"other-port":             {"Names another port than the one where the session is", "The session stays at its port."},
	"port-assumed":           {"Does not say at which port a session is", "As it has one port, that one is taken."},
	"attached-by-port":       {"Does not say which session a message is about", "The session that runs at the port is taken."},
	"older-than-shown":       {"Sends old news behind newer", "It is kept in the history; what is shown stays."},
	"before-session":         {"Sends readings from before a session as if they were its own", "They do not count for the session."},
	"sample-after-stop":      {"Sends readings of a session that has ended", "They are kept in the history; the session stays ended."},
	"signature-unchecked":    {"Signs its messages", "They are taken; the signature is not checked."},
	// Sessions.
	"start-on-connector-0":         {"Starts sessions without a port, on connector 0", "The port that the session can only be at is taken."},
	"start-missing":                {"Tells of sessions whose start did not come", "The session is begun with the first message about it."},
	"start-after-samples":          {"Sends readings before the start of their session", "They are joined to the session."},
	"start-from-queue":             {"Sends starts of earlier sessions late, from its memory", "The session is entered in its place in the past."},
	"stop-missing":                 {"Begins a session without having ended the one before", "The earlier one is closed with the last reading that is known."},
	"stop-came-first":              {"Sends the end of a session before its start", "Both are joined to one session."},
	"stop-without-start":           {"Ends sessions whose start did not come", "The session is kept with what its end tells, and joined to its start if that comes."},
	"matched-without-id":           {"Ends sessions by an id that nobody gave it", "The session that it can only mean is ended."},
	"own-transaction-id":           {"Calls sessions by ids of its own", "Its id is taken over, as that is the one it obeys."},
	"adopted-transaction":          {"Goes on with sessions from before this server", "They are taken over under the charger's id."},
	"charging-without-transaction": {"Charges without having begun a session", "The power is shown; the session is marked as only observed."},
	"reopened":                     {"Goes on with a session that was closed because its end did not come", "The session is opened again."},
	"gap":                          {"Leaves out messages of a session", "The gap is noted with the session."},
	// Connections.
	"no-boot":                      {"Sends messages without having said that it booted", "It is served all the same."},
	"not-accepted":                 {"Sends messages before its boot was accepted", "They are taken all the same."},
	"replaces-connection":          {"Opens a new connection while the old one stands", "The new one takes its place."},
	"serial-number-of-certificate": {"Boots without a serial number", "That of its certificate is taken."},
}
