select customers.*
from {{ ref('customers') }} as customers
inner join {{ source('app', 'customers') }} as source_customers
    on source_customers.id = customers.customer_id
where customers.first_name is null
