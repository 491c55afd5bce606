package charging

// SitePlan is the floor plan of a site.
type SitePlan struct {
	SiteID ID
	// Picture is what chargers stand on; its bytes are kept apart. nil for none.
	Picture *PlanPicture
	Spots   []PlanSpot // by charger
}

// PlanPicture tells of the picture of a plan.
type PlanPicture struct {
	ContentType   string // of PNG, JPEG, WebP or GIF
	Width, Height int    // px
	Bytes         int
	Mark          string // another one for another picture
}

// PlanSpot is where a charger stands: shares of the picture's width and height, 0
// to 1 from its upper left corner.
type PlanSpot struct {
	ChargerID ID      `json:"chargerId"`
	X         float64 `json:"x"`
	Y         float64 `json:"y"`
}
