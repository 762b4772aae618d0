select
    deals.region_code,
    deals.amount / old.region_count as amount_per_region,
    current_version.first_region_code
from {{ ref('deals_by_region') }} as deals
cross join {{ ref('mesh_up', 'region_stats', v=1) }} as old
cross join {{ ref('mesh_up', 'region_stats') }} as current_version
