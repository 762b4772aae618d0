package region

// A Now is what a step finds when it is applied.
type Now string

// What a step may find.
const (
	AsFound   Now = "as found"   // when it was planned: it is still to do
	AsPlanned Now = "as planned" // it is done
	Other     Now = "other"      // neither: somebody changed it since
)

// Look tells from the object that the Region holds now whether the step is still to do. Nil is
// absent. Steps of lists (suppressed addresses, contacts) are not looked at so.
func (s Step) Look(now *Value) Now { return Other }
