package conformance

import "slices"

// cases201 are the cases of OCPP 2.0.1.
func cases201() []testCase {
	return slices.Concat(
		cases201Security(),
		cases201Provisioning(),
		cases201Authorization(),
		cases201Transactions(),
		cases201Remote(),
		cases201Metering(),
		cases201Smart(),
		cases201Firmware(),
		cases201Diagnostics(),
		cases201Display(),
	)
}
